//! One method on one path, with what is said about it.

use std::time::Duration;

use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, on};
use utoipa::ToSchema;

use super::operation::{Answer, Media, Query, Shape, Told};
use super::who::Who;
use crate::state::AppState;

/// One method on one path. The methods below say what a client needs to know, and only [`Route::says`] is always needed.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    /// As it stands in requests.
    pub(crate) method: &'static str,
    /// With `{names}` of what varies.
    pub(crate) path: String,
    pub(crate) handler: MethodRouter<AppState>,
    pub(crate) told: Told,
    /// How long it may take, where that is longer than the limit of all requests.
    pub(crate) patience: Duration,
}

macro_rules! methods {
    ($($name:ident $method:literal $filter:ident,)+) => {$(
        pub(crate) fn $name<H: Handler<T, AppState>, T: 'static>(path: &'static str, handler: H) -> Route {
            let handler = on(MethodFilter::$filter, handler);
            Route { method: $method, path: path.to_owned(), handler, told: Told::default(), patience: Duration::ZERO }
        }
    )+};
}

methods! {
    delete "DELETE" DELETE,
    get "GET" GET,
    patch "PATCH" PATCH,
    post "POST" POST,
    put "PUT" PUT,
}

/// Routes under one heading of the description.
pub(crate) fn about(tag: &'static str, routes: impl IntoIterator<Item = Route>) -> Vec<Route> {
    let tagged = |mut route: Route| {
        route.told.tag = Some(tag);
        route
    };
    routes.into_iter().map(tagged).collect()
}

impl Route {
    /// What it does, in one sentence, and whose it is.
    pub(crate) fn says(mut self, who: Who, summary: &'static str) -> Self {
        (self.told.who, self.told.summary) = (Some(who), Some(summary));
        self
    }

    /// What else is to be known.
    pub(crate) fn also(mut self, details: &'static str) -> Self {
        self.told.details = Some(details);
        self
    }

    /// A query parameter that is text.
    pub(crate) fn query(self, name: &'static str, says: &'static str) -> Self {
        self.query_of::<String>(name, says)
    }

    /// A query parameter of this type.
    pub(crate) fn query_of<T: ToSchema>(mut self, name: &'static str, says: &'static str) -> Self {
        self.told.queries.push(Query { name, says, shape: Shape::of::<T>() });
        self
    }

    /// A JSON body.
    pub(crate) fn takes<T: ToSchema>(mut self) -> Self {
        self.told.body = Some(Media::Json(Shape::of::<T>()));
        self
    }

    /// A JSON body that may be left out.
    pub(crate) fn may_take<T: ToSchema>(mut self) -> Self {
        self.told.body_is_optional = true;
        self.takes::<T>()
    }

    /// A form as body.
    pub(crate) fn takes_form<T: ToSchema>(mut self) -> Self {
        self.told.body = Some(Media::Form(Shape::of::<T>()));
        self
    }

    /// 200 with JSON.
    pub(crate) fn gives<T: ToSchema>(self) -> Self {
        self.answer(200, "As it is now.", Some(Media::Json(Shape::of::<T>())))
    }

    /// 200 with a page of a list, and the parameters `limit` and `cursor`.
    pub(crate) fn lists<T: ToSchema>(self) -> Self {
        self.answer(200, "A page of the list.", Some(Media::Page(Shape::of::<T>())))
    }

    /// 201 with what was made, and its `Location`.
    pub(crate) fn creates<T: ToSchema>(self) -> Self {
        self.answer(201, "It was made.", Some(Media::Json(Shape::of::<T>())))
    }

    /// 202 with JSON: it is done, or tried, a little later.
    pub(crate) fn gives_accepted<T: ToSchema>(self) -> Self {
        self.answer(202, "It will be done.", Some(Media::Json(Shape::of::<T>())))
    }

    /// 200 with text of this media type instead of JSON, or beside it.
    pub(crate) fn gives_text(self, media_type: &'static str) -> Self {
        self.answer(200, "As text.", Some(Media::Text(media_type)))
    }

    /// 204.
    pub(crate) fn gives_nothing(self) -> Self {
        self.gives_only(204)
    }

    /// A status without a body.
    pub(crate) fn gives_only(self, status: u16) -> Self {
        self.answer(status, "Done.", None)
    }

    /// A refusal beyond those that every operation has: its status, the word of its problem, and when it comes.
    pub(crate) fn refuses(mut self, status: u16, kind: &'static str, when: &'static str) -> Self {
        self.told.refusals.push((status, kind, when));
        self
    }

    /// Rules may forbid it: 422 whatever is stored, 409 as things are stored now.
    pub(crate) fn ruled(self) -> Self {
        let now = self.refuses(409, "rule", "a rule forbids it as things are stored now");
        now.refuses(422, "rule", "a rule forbids it")
    }

    /// The answer carries an `ETag`; a change may name it in `If-Match`, and is refused with 412 if somebody was faster.
    pub(crate) fn versioned(mut self) -> Self {
        self.told.versioned = true;
        self
    }

    /// Its handler lengthens its time to this; a claim of its key lasts longer.
    pub(crate) fn patience(mut self, time: Duration) -> Self {
        self.patience = time;
        self
    }

    /// Whether it makes something: then a key makes repeating it harmless.
    pub(crate) fn makes_something(&self) -> bool {
        self.told.answers.iter().any(|answer| answer.status == 201)
    }

    fn answer(mut self, status: u16, says: &'static str, media: Option<Media>) -> Self {
        self.told.answers.push(Answer { status, says, media });
        self
    }
}

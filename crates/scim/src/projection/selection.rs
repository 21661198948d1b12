//! A projection looked up in one resource type: names become attributes, and `returned` has its say (A-72, F-32, F-34).

use super::{Mode, Projection};
use crate::filter::attribute_path;
use crate::path::{self, Located};
use crate::schema::{Attribute, Extension, ResourceType, Returned, common};

/// What one name selects.
enum Named<'t> {
    /// The URN of the base schema: its attributes, without the common ones.
    Core,
    /// The URN of an extension: its container (K-22).
    Extension(&'t Extension),
    Attribute(Located<'t>),
}

enum Chosen {
    All,
    Only,
    Without,
}

pub(super) struct Selection<'t> {
    chosen: Chosen,
    named: Vec<Named<'t>>,
    sent: Vec<Named<'t>>,
}

/// What is shown of one attribute.
pub(super) enum Show<'s> {
    Nothing,
    /// At least the value, if it is simple.
    Parts(Parts<'s>),
}

/// Which sub-attributes are shown.
pub(super) struct Parts<'s> {
    /// Shows those returned by default, but for `except`.
    default: bool,
    except: Vec<&'s str>,
    /// Named one by one.
    also: Vec<&'s str>,
}

impl Parts<'_> {
    pub(super) fn show(&self, sub: &Attribute) -> bool {
        let listed = |names: &[&str]| names.contains(&sub.name.as_ref());
        match sub.returned {
            Returned::Always => true,
            Returned::Never => false,
            Returned::Default => listed(&self.also) || (self.default && !listed(&self.except)),
            Returned::Request => listed(&self.also),
        }
    }
}

/// How the names of a list meet one attribute.
#[derive(Default)]
struct Hits<'s> {
    /// Through the URN of its schema.
    schema: bool,
    /// By its own name.
    whole: bool,
    /// By these sub-attributes.
    subs: Vec<&'s str>,
}

impl Hits<'_> {
    fn any(&self) -> bool {
        self.schema || self.whole || !self.subs.is_empty()
    }
}

impl<'t> Selection<'t> {
    pub(super) fn new(projection: &Projection, resource_type: &'t ResourceType) -> Self {
        let look_up = |names: &[String]| names.iter().filter_map(|name| named(name, resource_type)).collect();
        let (chosen, named) = match &projection.mode {
            Mode::All => (Chosen::All, Vec::new()),
            Mode::Only(names) => (Chosen::Only, look_up(names)),
            Mode::Without(names) => (Chosen::Without, look_up(names)),
        };
        Self { chosen, named, sent: look_up(&projection.sent) }
    }

    pub(super) fn shows(&self, extension: Option<&Extension>, attribute: &Attribute) -> bool {
        !matches!(self.show(extension, attribute), Show::Nothing)
    }

    pub(super) fn show(&self, extension: Option<&Extension>, attribute: &Attribute) -> Show<'_> {
        let hits = hits(&self.named, extension, attribute);
        let sent = hits_if(!matches!(self.chosen, Chosen::Only), &self.sent, extension, attribute);
        let always = attribute.returned == Returned::Always;
        let on_request = attribute.returned == Returned::Request;
        let shown = match (attribute.returned, &self.chosen) {
            (Returned::Never, _) => false,
            (Returned::Always, _) | (Returned::Default, Chosen::All) => true,
            (Returned::Default, Chosen::Only) => hits.any(),
            // Naming the schema is not naming the attribute (F-34).
            (Returned::Request, Chosen::Only) => hits.whole || !hits.subs.is_empty(),
            (Returned::Default, Chosen::Without) => !hits.whole && !hits.schema,
            (Returned::Request, Chosen::All) => sent.any(),
            (Returned::Request, Chosen::Without) => sent.any() && !hits.whole && !hits.schema,
        };
        if !shown {
            return Show::Nothing;
        }
        Show::Parts(match self.chosen {
            Chosen::All => Parts { default: true, except: Vec::new(), also: sent.subs },
            Chosen::Only => {
                let whole = hits.whole || (hits.schema && !on_request) || always;
                Parts { default: whole, except: Vec::new(), also: hits.subs }
            }
            Chosen::Without => {
                let also = sent.subs.into_iter().filter(|sub| !hits.subs.contains(sub)).collect();
                Parts { default: true, except: hits.subs, also }
            }
        })
    }
}

/// The attribute of that name, in any case and with or without the URN of the base schema.
pub(super) fn locate<'t>(name: &str, resource_type: &'t ResourceType) -> Option<Located<'t>> {
    path::locate(&attribute_path(name)?, resource_type)
}

fn named<'t>(name: &str, resource_type: &'t ResourceType) -> Option<Named<'t>> {
    if name.eq_ignore_ascii_case(resource_type.base_urn()) {
        return Some(Named::Core);
    }
    match resource_type.extension(name) {
        Some(extension) => Some(Named::Extension(extension)),
        None => locate(name, resource_type).map(Named::Attribute),
    }
}

fn hits_if<'s>(counts: bool, named: &'s [Named<'_>], extension: Option<&Extension>, attribute: &Attribute) -> Hits<'s> {
    if counts { hits(named, extension, attribute) } else { Hits::default() }
}

fn hits<'s>(named: &'s [Named<'_>], extension: Option<&Extension>, attribute: &Attribute) -> Hits<'s> {
    let mut hits = Hits::default();
    for name in named {
        match name {
            Named::Core => hits.schema |= extension.is_none() && common::attribute(&attribute.name).is_none(),
            Named::Extension(named) => hits.schema |= urn(extension) == urn(Some(named)),
            Named::Attribute(located) => {
                if urn(located.extension) != urn(extension) || located.attribute.name != attribute.name {
                    continue;
                }
                match located.sub {
                    // Naming what nobody may see is naming nothing.
                    Some(sub) if sub.returned == Returned::Never => {}
                    Some(sub) => hits.subs.push(&sub.name),
                    None => hits.whole = true,
                }
            }
        }
    }
    hits
}

fn urn(extension: Option<&Extension>) -> Option<&str> {
    extension.map(|extension| extension.schema.id.as_ref())
}

//! Lists of resources: filter, order, page and total inside the database (RFC 7644 §3.4.2).
//!
//! One statement for the page, and one for the total where the page does not tell it already.

#[cfg(test)]
mod tests;

use rollcall_scim::condition::Condition;
use rollcall_scim::sort::SortKey;
use uuid::Uuid;

use super::compile::{Compiler, is_selective};
use super::fragment::Fragment;
use super::order::{Order, Position};
use super::records::{DirectoryGroup, DirectoryUser, Kind, Scope};
use super::{instant, rows};
use crate::error::DirectoryError;
use crate::reader::Reader;
use crate::row::Row;

/// What to list.
#[derive(Clone, Debug)]
pub struct ListRequest {
    /// The kinds to look among, each once, with what their resources must satisfy.
    pub kinds: Vec<(Kind, Condition)>,
    /// The order; by id if `None`.
    pub sort: Option<SortKey>,
    /// Which of the resources found are read.
    pub window: Window,
    /// Is the number of all resources found asked for?
    pub count_total: bool,
    /// What `meta.location` and `$ref` begin with, without a slash at its end.
    pub base_url: String,
}

/// Which part of a list is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Window {
    /// So many resources after skipping some.
    Offset {
        /// How many to skip.
        offset: u64,
        /// How many to read at most; 0 reads none.
        limit: u64,
    },
    /// So many resources after a position.
    After {
        /// Where the page before ended.
        position: Position,
        /// How many to read at most; 0 reads none.
        limit: u64,
    },
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// How many there are in all, if that was asked for.
    pub total: Option<u64>,
    /// The page.
    pub rows: Vec<ResourceRow>,
    /// Where the next page begins, if there is one.
    pub next: Option<Position>,
}

/// A user or a group.
#[derive(Clone, Debug, PartialEq)]
pub enum ResourceRow {
    /// From `/Users`.
    User(DirectoryUser),
    /// From `/Groups`.
    Group(DirectoryGroup),
}

impl ResourceRow {
    /// SCIM id.
    pub const fn id(&self) -> Uuid {
        match self {
            Self::User(user) => user.id.uuid(),
            Self::Group(group) => group.id.uuid(),
        }
    }

    /// The user, if it is one.
    pub const fn as_user(&self) -> Option<&DirectoryUser> {
        match self {
            Self::User(user) => Some(user),
            Self::Group(_) => None,
        }
    }

    /// The group, if it is one.
    pub const fn as_group(&self) -> Option<&DirectoryGroup> {
        match self {
            Self::Group(group) => Some(group),
            Self::User(_) => None,
        }
    }
}

impl Window {
    const fn limit(&self) -> u64 {
        match self {
            Self::Offset { limit, .. } | Self::After { limit, .. } => *limit,
        }
    }
}

impl Reader {
    /// Finds resources of one connection: filtered, ordered and cut by the database, in at most two statements.
    pub async fn list(&self, scope: Scope, request: &ListRequest) -> Result<Found, DirectoryError> {
        let compiler = Compiler { backend: self.backend(), scope, base_url: &request.base_url };
        let order = Order::new(&compiler, request.kinds.iter().map(|(kind, _)| *kind), request.sort.as_ref());
        let mut page = Vec::new();
        if request.window.limit() > 0 && !request.kinds.is_empty() {
            let sql = page_sql(&compiler, &order, request)?;
            page = self.query(sql.text, sql.values).await?;
        }
        let total = match (request.count_total, known_total(&request.window, page.len())) {
            (false, _) => None,
            (true, Some(total)) => Some(total),
            (true, None) => Some(self.count(&compiler, request).await?),
        };
        let limit = usize::try_from(request.window.limit()).unwrap_or(usize::MAX);
        let more = page.len() > limit;
        page.truncate(limit);
        let next = match page.last().filter(|_| more) {
            Some(last) => Some(position(&order, last)?),
            None => None,
        };
        let rows = page.iter().map(|row| resource_row(scope, row)).collect::<Result<_, _>>()?;
        Ok(Found { total, rows, next })
    }

    async fn count(&self, compiler: &Compiler<'_>, request: &ListRequest) -> Result<u64, DirectoryError> {
        let mut sql = Fragment::text("SELECT 0");
        for (kind, condition) in &request.kinds {
            sql.push(" + (SELECT count(*)").append(&from(compiler, *kind, condition)).push(")");
        }
        sql.push(" AS total");
        let rows = self.query(sql.text, sql.values).await?;
        let total = rows.first().map(|row| row.get::<i64>("total")).transpose()?.unwrap_or_default();
        Ok(u64::try_from(total).unwrap_or_default())
    }
}

/// The total, if the rows read (one more than the page, where there are more) already tell it.
fn known_total(window: &Window, read: usize) -> Option<u64> {
    let read = u64::try_from(read).ok()?;
    match window {
        Window::Offset { offset, limit } if read <= *limit && (read > 0 || (*offset == 0 && *limit > 0)) => {
            offset.checked_add(read)
        }
        Window::Offset { .. } | Window::After { .. } => None,
    }
}

fn page_sql(compiler: &Compiler<'_>, order: &Order, request: &ListRequest) -> Result<Fragment, DirectoryError> {
    let mut sql = Fragment::text("SELECT r.* FROM (");
    for (index, (kind, condition)) in request.kinds.iter().enumerate() {
        if index > 0 {
            sql.push(" UNION ALL ");
        }
        sql.push("SELECT '").push(kind.name()).push("' AS kind, ").push(rows::columns(*kind)).push(", ");
        sql.append(&order.value(compiler, *kind)).push(" AS sort_value").append(&from(compiler, *kind, condition));
    }
    sql.push(") AS r");
    if let Window::After { position, .. } = &request.window {
        sql.push(" WHERE ").append(&order.after(position)?);
    }
    let selective = request.kinds.iter().all(|(_, condition)| is_selective(condition));
    let unindexed = if selective { compiler.backend.unindexed() } else { "" };
    // One more than the page: it tells whether there is a next one.
    sql.push(" ORDER BY ")
        .push(&order.by(unindexed))
        .push(" LIMIT ")
        .bind(bounded(request.window.limit().saturating_add(1)));
    if let Window::Offset { offset, .. } = request.window
        && offset > 0
    {
        sql.push(" OFFSET ").bind(bounded(offset));
    }
    Ok(sql)
}

fn from(compiler: &Compiler<'_>, kind: Kind, condition: &Condition) -> Fragment {
    let mut sql = Fragment::text(" FROM ");
    sql.push(rows::table(kind)).push(" AS t WHERE t.company_id = ").bind(compiler.scope.company.uuid());
    sql.push(" AND t.connection_id = ").bind(compiler.scope.connection.uuid());
    if !matches!(condition, Condition::Constant(true)) {
        sql.push(" AND ").append(&compiler.condition(kind, condition));
    }
    sql
}

fn position(order: &Order, row: &Row) -> Result<Position, DirectoryError> {
    let sort_value = match (order.is_sorted(), order.is_instant()) {
        (false, _) => None,
        (true, false) => Some(row.get::<Option<String>>("sort_value")?),
        (true, true) => Some(row.get::<Option<i64>>("sort_value")?.map(instant::key)),
    };
    Ok(Position { sort_value, id: row.get("id")? })
}

fn resource_row(scope: Scope, row: &Row) -> Result<ResourceRow, DirectoryError> {
    Ok(match rows::kind("kind", row)? {
        Kind::User => ResourceRow::User(rows::user(scope.company, row)?),
        Kind::Group => ResourceRow::Group(rows::group(scope.company, row)?),
    })
}

/// Both databases count in 64 bits with a sign; no list is that long.
fn bounded(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

//! What is told once: an event that is not made again, whichever instance looks.

use rollcall_directory::DirectoryError;
use rollcall_policy::CompanyId;

use crate::app::events::{Data, Kind, Teller};
use crate::state::Parts;

/// What somebody has found, and by what name it is not told again.
#[derive(Clone, Debug)]
pub struct Notice {
    /// The tenant.
    pub company: CompanyId,
    /// Names this very thing among all that are told once.
    pub name: String,
    /// The kind of the event.
    pub kind: Kind,
    /// About what; events of one subject are delivered in order.
    pub subject: String,
    /// What receivers are told.
    pub data: Data,
}

/// Tells of it unless that was done before. Answers whether it was told now.
pub async fn tell_once(app: &Parts, notice: &Notice) -> Result<bool, DirectoryError> {
    if app.directory.read().is_told(&notice.name).await? {
        return Ok(false);
    }
    let now = app.clock.now();
    app.directory
        .write(|unit| async move {
            if unit.is_told(&notice.name).await? {
                return Ok(false);
            }
            unit.note_told(&notice.name, now);
            let teller = Teller { unit: &unit, ids: &app.ids, now, company: notice.company };
            teller.tell(notice.kind, &notice.subject, notice.data.clone());
            Ok(true)
        })
        .await
}

//! Domains that wait for their record.

use rollcall_directory::{Directory, DirectoryError, Domain, DomainState};

use super::{Finding, Scene};
use crate::dns::{Answer, Dns};

const CHECK: &str = "domains";
/// Domains that are looked up, so that this ends in a while.
const MOST: usize = 20;
const PAGE: u64 = 500;

pub(super) async fn check(scene: &Scene, directory: &Directory) -> Result<Vec<Finding>, DirectoryError> {
    let (verified, pending) = all(directory).await?;
    let mut found = Vec::new();
    let dns = Dns::new(&scene.config.dns);
    for domain in pending.iter().take(MOST).filter(|_| scene.network) {
        found.extend(look(&dns, domain).await);
    }
    if !scene.network && !pending.is_empty() {
        let said = format!("{} domains wait for their record", pending.len());
        found.push(Finding::warning(CHECK, said, "`rollcall domain list` says what has to be published"));
    }
    if pending.len() > MOST && scene.network {
        let said = format!("{} more domains wait for their record", pending.len() - MOST);
        found.push(Finding::warning(CHECK, said, "`rollcall domain list` says what has to be published"));
    }
    if found.is_empty() {
        found.push(Finding::ok(CHECK, format!("{verified} are verified, {} wait", pending.len())));
    }
    Ok(found)
}

/// How many are verified, and those that are not.
async fn all(directory: &Directory) -> Result<(usize, Vec<Domain>), DirectoryError> {
    let reader = directory.read();
    let (mut verified, mut pending) = (0, Vec::new());
    for company in super::connections::companies(directory).await? {
        let mut after = String::new();
        loop {
            let page = reader.domains(company.id, &after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.name);
            for domain in page {
                match domain.state {
                    DomainState::Verified => verified += 1,
                    DomainState::Pending => pending.push(domain),
                }
            }
        }
    }
    Ok((verified, pending))
}

async fn look(dns: &Dns, domain: &Domain) -> Option<Finding> {
    let Domain { name, txt_value, .. } = domain;
    let looked_up = dns.txt(name).await;
    if looked_up.has(txt_value) {
        return None;
    }
    let expected = format!(
        "have its DNS owner publish: {name}. TXT \"{txt_value}\"; or vouch for it: `rollcall domain trust {name}`"
    );
    let said = match looked_up.answer {
        Answer::Records(_) => format!("{name} waits for its record; it has others only"),
        Answer::NoSuchName => format!("{name} waits for its record; there is no such name"),
        // That is the name server's fault, and said of it.
        Answer::Failure(_) | Answer::Silence(_) | Answer::Unreachable(_) => {
            format!("{name} waits for its record, and nobody says whether it is there")
        }
    };
    Some(Finding::warning(CHECK, said, expected))
}

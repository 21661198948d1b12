//! How long one decision takes, by the number of groups in the evidence. Ten times the groups must cost about ten times as
//! much, whether the teams exist, are to be made, or the names are noise.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rollcall_policy::{
    Assertion, Attributes, Client, CompanyId, ConnectionFacts, ConnectionId, ConnectionPolicy, Folded,
    OrganizationFacts, OrganizationId, Seats, SignInFacts, TeamFacts, decide_sign_in,
};
use std::hint::black_box;

const GROUPS: [usize; 3] = [1, 100, 10_000];
const ACME: OrganizationId = OrganizationId::from_u128(1);

fn folded(text: &str) -> Folded {
    Folded::new(text, str::to_lowercase)
}

fn facts(groups: Vec<Folded>, teams: Vec<TeamFacts>) -> SignInFacts {
    SignInFacts {
        now: 1_800_000_000_000_000,
        client: Client::Web,
        assertion: Assertion {
            subject: "subject".to_owned(),
            subject_weak: false,
            external_id: None,
            email: Some(folded("ada@acme.example")),
            nameid_not_email: false,
            email_verified: None,
            full_name: Some("Ada Lovelace".to_owned()),
            groups,
            groups_incomplete: false,
            attributes: Attributes::default(),
            session_minutes: None,
        },
        connection: ConnectionFacts {
            id: ConnectionId::from_u128(2),
            company: CompanyId::from_u128(3),
            domains: vec!["acme.example".to_owned()],
            organizations: vec![OrganizationFacts { id: ACME, name: folded("acme"), seats: Seats::Unlimited, teams }],
            default_organization: ACME,
            default_team: None,
            teams_created_last_hour: 0,
        },
        accounts: Vec::new(),
        directory: Vec::new(),
        invitations: Vec::new(),
        username_digits: vec![1_234],
    }
}

fn sign_ins(criterion: &mut Criterion) {
    let policy = ConnectionPolicy { group_mapping: true, ..ConnectionPolicy::default() };
    let named = |prefix: &str, count: usize| -> Vec<Folded> {
        (0..count).map(|number| folded(&format!("{prefix}{number}"))).collect()
    };
    let mut group = criterion.benchmark_group("decide_sign_in");
    for count in GROUPS {
        group.throughput(Throughput::Elements(u64::try_from(count).unwrap_or(u64::MAX)));
        let teams = named("team ", count).into_iter().map(|name| TeamFacts { name, mapped: false }).collect();
        for (kind, facts) in [
            ("existing teams", facts(named("acme:team ", count), teams)),
            ("new teams", facts(named("acme:team ", count), Vec::new())),
            ("noise", facts(named("noise ", count), Vec::new())),
        ] {
            let id = BenchmarkId::new(kind, count);
            group.bench_with_input(id, &facts, |bench, facts| bench.iter(|| decide_sign_in(&policy, black_box(facts))));
        }
    }
    group.finish();
}

criterion_group!(benches, sign_ins);
criterion_main!(benches);

//! Connections, domains, tokens, sessions.

use rollcall_directory::testing::{Acme, TestDirectory, account};
use rollcall_directory::{
    ConnectionDomain, DirectoryError, Domain, DomainState, Scope, Session, Token, TokenKind, Unit,
};
use rollcall_policy::{CompanyId, OnNewSubject, TokenId};

rollcall_directory::on_each_database! {
    a_connection_comes_with_what_it_serves_in_two_statements
    a_connection_that_was_changed_meanwhile_is_not_overwritten
    many_companies_claim_a_domain_and_one_has_it
    tokens_end_and_note_the_day
    a_session_comes_with_its_account
    a_company_ends_its_own_sessions_only
}

type Done = Result<(), DirectoryError>;

/// Stores what `work` says, nothing read.
async fn store(directory: &TestDirectory, work: impl Fn(&Unit) + Send + Sync) -> Done {
    let work = &work;
    directory
        .write(|unit| async move {
            work(&unit);
            Ok(())
        })
        .await
}

async fn a_connection_comes_with_what_it_serves_in_two_statements(directory: &TestDirectory) {
    let acme = Acme::store(directory).await;
    store(directory, |unit| {
        let domains = ["pending.example".to_owned(), "acme.example".to_owned()];
        unit.set_connection_domains(acme.company, acme.connection, &domains);
    })
    .await
    .unwrap();
    let read = directory.read();
    let before = directory.statements();
    let connection = read.connection(acme.company, acme.connection).await.unwrap().unwrap();
    assert_eq!(directory.statements() - before, 2);
    assert_eq!(connection.record.name, "acme-sso");
    assert_eq!(connection.record.default_team, Some(acme.team));
    assert_eq!(connection.organizations.len(), 1);
    assert_eq!((connection.organizations[0].id, connection.organizations[0].seats), (acme.organization, None));
    let domain = |name: &str, verified| ConnectionDomain { name: name.to_owned(), verified };
    assert_eq!(connection.domains, [domain("acme.example", true), domain("pending.example", false)]);

    let foreign = CompanyId::from_u128(9);
    assert_eq!(read.connection(foreign, acme.connection).await.unwrap(), None);
    assert_eq!(read.company_of_connection(acme.connection).await.unwrap(), Some(acme.company));
    let record = Some(connection.record.clone());
    assert_eq!(read.connection_by_name(acme.company, "acme-sso").await.unwrap(), record);
    assert_eq!(read.connections(acme.company, "", 10).await.unwrap(), std::slice::from_ref(&connection.record));
    assert_eq!(read.connections_of_domain(acme.company, "acme.example").await.unwrap(), [connection.record]);
}

async fn a_connection_that_was_changed_meanwhile_is_not_overwritten(directory: &TestDirectory) {
    let acme = Acme::store(directory).await;
    let read = directory.read();
    let mut record = read.connection(acme.company, acme.connection).await.unwrap().unwrap().record;
    record.policy.scim = true;
    record.policy.jit = false;
    record.policy.on_new_subject = OnNewSubject::Link;
    record.details.insert("oidc".to_owned(), serde_json::json!({"issuer": "https://idp.example/?a=1"}));
    record.updated_at = 2;
    let update = async |before| -> Done {
        let record = &record;
        directory.write(|unit| async move { unit.update_connection(record, before) }).await
    };
    update(1).await.unwrap();
    let stored = read.connection(acme.company, acme.connection).await.unwrap().unwrap().record;
    assert_eq!(stored, record);
    assert_eq!(update(1).await, Err(DirectoryError::VersionMoved));
}

async fn many_companies_claim_a_domain_and_one_has_it(directory: &TestDirectory) {
    let acme = Acme::store(directory).await;
    let other = Acme::store_as(directory, "other", 0x07).await;
    let mut claim = Domain {
        company: other.company,
        name: "acme.example".to_owned(),
        state: DomainState::Pending,
        txt_value: "x".to_owned(),
        verified_at: None,
        auto_provisioning: false,
        organization: None,
        created_at: 3,
    };
    store(directory, |unit| unit.insert_domain(&claim)).await.unwrap();
    let read = directory.read();
    assert_eq!(read.domain(other.company, "acme.example").await.unwrap(), Some(claim.clone()));
    claim.state = DomainState::Verified;
    let refused = store(directory, |unit| unit.update_domain(&claim)).await;
    assert!(refused.unwrap_err().violates("domain_verified"));
    // RC-1: the governing company is the one that has it verified.
    assert_eq!(read.verified_domain("acme.example").await.unwrap().unwrap().company, acme.company);
    let attached = store(directory, |unit| unit.delete_domain(acme.company, "acme.example")).await;
    assert_eq!(attached, Err(DirectoryError::VersionMoved), "P4-28");
    store(directory, |unit| {
        unit.set_connection_domains(acme.company, acme.connection, &[]);
        unit.delete_domain(acme.company, "acme.example");
    })
    .await
    .unwrap();
    assert_eq!(read.verified_domain("acme.example").await.unwrap(), None);
    assert_eq!(read.connection(acme.company, acme.connection).await.unwrap().unwrap().domains, []);
    claim.organization = Some(other.organization);
    claim.auto_provisioning = true;
    claim.verified_at = Some(4);
    store(directory, |unit| unit.update_domain(&claim)).await.unwrap();
    assert_eq!(read.verified_domain("acme.example").await.unwrap(), Some(claim.clone()));
    assert_eq!(read.domains(other.company, "", 10).await.unwrap().len(), 2);
}

async fn tokens_end_and_note_the_day(directory: &TestDirectory) {
    let acme = Acme::store(directory).await;
    let token = |number: u128, kind| Token {
        id: TokenId::from_u128(number),
        company: Some(acme.company),
        connection: Some(acme.connection),
        kind,
        secret_hash: [u8::try_from(number).unwrap(); 32],
        role: None,
        created_at: i64::try_from(number).unwrap(),
        expires_at: Some(100),
        revoked_at: None,
        last_used_day: None,
    };
    let kinds = [TokenKind::Scim, TokenKind::SignIn, TokenKind::Product, TokenKind::Admin];
    let tokens: Vec<Token> = (1..).zip(kinds).map(|(number, kind)| token(number, kind)).collect();
    store(directory, |unit| {
        for token in &tokens {
            unit.insert_token(token);
        }
    })
    .await
    .unwrap();
    let (read, scope) = (directory.read(), Scope { company: acme.company, connection: acme.connection });
    assert_eq!(read.token(tokens[0].id).await.unwrap().as_ref(), Some(&tokens[0]));
    assert_eq!(read.tokens_of_connection(scope, None, 10).await.unwrap(), tokens);
    assert_eq!(read.tokens_of_connection(scope, Some(tokens[0].id), 2).await.unwrap(), tokens[1..3]);
    store(directory, |unit| {
        unit.note_token_use(tokens[0].id, 20);
        unit.note_token_use(tokens[0].id, 19);
        unit.revoke_token(tokens[1].id, 50);
        unit.revoke_token(tokens[1].id, 60);
        unit.revoke_tokens_before(4);
    })
    .await
    .unwrap();
    let ended: Vec<_> = read.tokens(None, 10).await.unwrap().iter().map(|token| token.revoked_at).collect();
    assert_eq!(ended, [Some(4), Some(50), Some(4), None]);
    assert_eq!(read.token(tokens[0].id).await.unwrap().unwrap().last_used_day, Some(20));
}

fn session(acme: Option<Acme>, number: u8) -> Session {
    Session {
        id_hash: [number; 32],
        account: account(1, "ada@acme.example").id,
        company: acme.map(|acme| acme.company),
        connection: acme.map(|acme| acme.connection),
        created_at: 1,
        expires_at: 100,
        idle_seconds: Some(30),
        last_seen_at: 1,
        ended_at: None,
    }
}

async fn a_session_comes_with_its_account(directory: &TestDirectory) {
    let acme = Acme::store(directory).await;
    let ada = account(1, "ada@acme.example");
    let (own, free) = (session(Some(acme), 1), session(None, 2));
    store(directory, |unit| {
        unit.insert_account(&ada);
        unit.insert_session(&own);
        unit.insert_session(&free);
        unit.note_session_seen(&[2; 32], 9);
        unit.note_session_seen(&[2; 32], 8);
    })
    .await
    .unwrap();
    let read = directory.read();
    let found = read.session(&own.id_hash).await.unwrap().unwrap();
    assert_eq!((found.session, found.account, found.company_name.as_deref()), (own, ada, Some("acme")));
    let found = read.session(&free.id_hash).await.unwrap().unwrap();
    assert_eq!((found.session.last_seen_at, found.company_name), (9, None));
    assert_eq!(read.session(&[3; 32]).await.unwrap(), None);
}

async fn a_company_ends_its_own_sessions_only(directory: &TestDirectory) {
    let acme = Acme::store(directory).await;
    let other = Acme::store_as(directory, "other", 0x07).await;
    let ada = account(1, "ada@acme.example");
    let sessions = [session(Some(acme), 1), session(Some(acme), 2), session(Some(other), 3), session(None, 4)];
    store(directory, |unit| {
        unit.insert_account(&ada);
        for session in &sessions {
            unit.insert_session(session);
        }
        unit.end_session(&[1; 32], 10);
    })
    .await
    .unwrap();
    let ended = async || {
        let mut ended = Vec::new();
        for session in &sessions {
            let found = directory.read().session(&session.id_hash).await.unwrap();
            ended.push(found.map(|found| found.session.ended_at));
        }
        ended
    };
    // RC-2, RC-3: sessions of other companies and of the account alone live on.
    store(directory, |unit| unit.end_sessions_of_company(ada.id, acme.company, 20)).await.unwrap();
    assert_eq!(ended().await, [Some(Some(10)), Some(Some(20)), Some(None), Some(None)]);
    // RC-10: claiming the account ends them all.
    store(directory, |unit| unit.end_sessions(ada.id, 30)).await.unwrap();
    assert_eq!(ended().await, [Some(Some(10)), Some(Some(20)), Some(Some(30)), Some(Some(30))]);
    assert_eq!(directory.write(|unit| async move { unit.forget_sessions(25, 10).await }).await.unwrap(), 2);
    assert_eq!(ended().await, [None, None, Some(Some(30)), Some(Some(30))]);
}

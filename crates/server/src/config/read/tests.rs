//! Sources win over each other in the promised order, and every problem comes back at once.

use std::io::Write;

use super::*;

fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

/// What `load` says of a file alone: one sentence per problem, without the file's name.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let file = file(text);
    let problems = match load(Some(file.path()), &BTreeMap::new(), &Flags::new()) {
        Ok(_) => Vec::new(),
        Err(problems) => problems,
    };
    let sentences: Vec<&str> = problems.iter().map(|problem| problem.problem.as_str()).collect();
    assert_eq!(sentences, expected);
}

#[test]
fn flags_win_over_variables_over_the_file_over_defaults() {
    let file = file("listen = '127.0.0.1:1'\ndata_dir = 'from-file'\n[limits]\nbody_bytes = 2048\n[scim]\ndepth = 9\n");
    let environment = variables(&[("ROLLCALL_LISTEN", "127.0.0.1:2"), ("ROLLCALL_LIMITS_BODY_BYTES", "4096")]);
    let flags = Flags::from([("listen", "127.0.0.1:3".to_owned())]);
    let config = load(Some(file.path()), &environment, &flags).unwrap().config;
    assert_eq!(config.listen.port(), 3);
    assert_eq!(config.limits.body_bytes, 4096);
    assert_eq!(config.data_dir, Path::new("from-file"));
    assert_eq!((config.scim.depth, config.scim.max_results), (9, 1_000));
}

#[test]
fn every_problem_is_reported_at_once() {
    check(
        "listn = '127.0.0.1:1'\npublic_url = 'acme'\nmigrate = 'yes'\n[limits]\nbody_bytes = 5\ncolour = 1\n[tls]\nkey = 'k.pem'\n",
        &[
            "`limits.body_bytes`: `5` is out of range; expected a whole number from 1024 to 1073741824",
            "`limits.colour` is no key; `rollcall check-config --help` lists them all",
            "`listn` is no key; did you mean `listen`?",
            "`migrate`: expected `true` or `false`, found string `\"yes\"`",
            "`public_url`: `acme` does not start with `https://` or `http://`; expected a URL such as `https://rollcall.example`",
            "`tls.key` is set without `tls.certificate`; give both or none",
        ],
    );
}

/// I-7: plain HTTP stays on the machine unless somebody else ends TLS.
#[test]
fn plain_http_is_for_loopback_only() {
    check(
        "listen = '0.0.0.0:80'",
        &[
            "`listen` 0.0.0.0:80 can be reached from other machines, and without TLS; give `tls.certificate` and `tls.key` \
           (--tls-cert, --tls-key), or `behind_proxy` (--behind-proxy) if a proxy in front ends TLS",
        ],
    );
    check("listen = '0.0.0.0:80'\nbehind_proxy = true", &[]);
    check("listen = '0.0.0.0:80'\n[tls]\ncertificate = 'c'\nkey = 'k'", &[]);
    check("listen = '[::1]:80'", &[]);
    check("listen = 'localhost:80'", &[]);
}

#[test]
fn keys_of_mail_go_together() {
    check("[mail]\nsmtp_url = 'smtp://mail.acme.example'\nfrom = 'rollcall@acme.example'", &[]);
    check("[mail]\ndirectory = 'letters'\nfrom = 'rollcall@acme.example'", &[]);
    check(
        "[mail]\nsmtp_url = 'smtp://mail.acme.example'",
        &["`mail.from` is missing; expected the sender of letters, as `rollcall@acme.example`"],
    );
    check(
        "[mail]\nfrom = 'rollcall@acme.example'",
        &["`mail.from`, `mail.reply_to` or `mail.authorities` is set without `mail.smtp_url` or `mail.directory`; \
           nothing would be sent"],
    );
    check(
        "[mail]\nsmtp_url = 'smtp://mail.acme.example'\ndirectory = 'letters'\nfrom = 'r@acme.example'",
        &["`mail.smtp_url` and `mail.directory` exclude each other; give one"],
    );
}

#[test]
fn a_file_that_is_not_toml_names_the_line() {
    let file = file("listen = '127.0.0.1:1'\nthis is not toml\n");
    let problems = load(Some(file.path()), &BTreeMap::new(), &Flags::new()).unwrap_err();
    assert_eq!(problems.len(), 1);
    assert!(problems[0].place.ends_with(".toml, line 2"), "{}", problems[0]);
    let missing = load(Some(Path::new("/nowhere.toml")), &BTreeMap::new(), &Flags::new()).unwrap_err();
    assert!(
        missing[0].to_string().starts_with("/nowhere.toml: the file cannot be read: No such file"),
        "{}",
        missing[0]
    );
}

#[test]
fn unknown_variables_are_told_but_those_of_container_platforms_are_not() {
    let environment = variables(&[
        ("ROLLCALL_LISTNE", "x"),
        ("ROLLCALL_SERVICE_HOST", "10.0.0.1"),
        ("ROLLCALL_PORT_8080_TCP", "tcp://10.0.0.1:8080"),
        ("ROLLCALL_LOG_FORMAT", "json"),
    ]);
    assert_eq!(load(None, &environment, &Flags::new()).unwrap().unknown_variables, ["ROLLCALL_LISTNE"]);
}

#[test]
fn a_wrong_variable_and_a_wrong_flag_name_their_place() {
    let environment = variables(&[("ROLLCALL_LIMITS_CONNECTIONS", "many")]);
    let flags = Flags::from([("listen", "here".to_owned())]);
    let places: Vec<String> = load(None, &environment, &flags).unwrap_err().into_iter().map(|p| p.place).collect();
    assert_eq!(places, ["ROLLCALL_LIMITS_CONNECTIONS", "--listen"]);
}

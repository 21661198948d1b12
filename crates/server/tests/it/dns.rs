//! A name server in process, over UDP and TCP, that says what tests want; and what a look-up makes of it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::{CNAME, TXT};
use hickory_proto::rr::{Name, RData, Record};
use rollcall_server::config::Resolver;
use rollcall_server::dns::{Answer, Dns};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;

/// What the server says about a name; of other names it says NXDOMAIN.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// TXT records, each in these pieces.
    Texts(Vec<Vec<String>>),
    /// The same, but over UDP only that it is too much.
    Long(Vec<Vec<String>>),
    /// An alias of another name, whose TXT record says this.
    Alias(&'static str, String),
    Code(ResponseCode),
    Silence,
}

/// One TXT record of one piece.
pub(crate) fn text(value: &str) -> Reply {
    Reply::Texts(vec![vec![value.to_owned()]])
}

#[derive(Clone, Debug, Default)]
struct Zone {
    replies: BTreeMap<String, Reply>,
    asked: Vec<String>,
}

/// Serves until it is dropped.
#[derive(Debug)]
pub(crate) struct NameServer {
    pub(crate) address: SocketAddr,
    zone: Arc<Mutex<Zone>>,
    _tasks: JoinSet<()>,
}

impl NameServer {
    pub(crate) async fn start() -> Self {
        let (udp, tcp) = loop {
            let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
            // The port is free for TCP; somebody else may have it for UDP.
            if let Ok(udp) = UdpSocket::bind(tcp.local_addr().unwrap()).await {
                break (udp, tcp);
            }
        };
        let (address, zone) = (tcp.local_addr().unwrap(), Arc::<Mutex<Zone>>::default());
        let mut tasks = JoinSet::new();
        tasks.spawn(serve_udp(udp, Arc::clone(&zone)));
        tasks.spawn(serve_tcp(tcp, Arc::clone(&zone)));
        Self { address, zone, _tasks: tasks }
    }

    pub(crate) fn set(&self, name: &str, reply: Reply) {
        self.zone.lock().unwrap().replies.insert(format!("{name}."), reply);
    }

    /// The names that were asked for so far.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.zone.lock().unwrap().asked.clone()
    }

    /// Asks this server, and waits a second at most.
    pub(crate) fn resolver(&self) -> Dns {
        Dns::new(&Resolver { server: Some(self.address), timeout: Duration::from_secs(1) })
    }
}

async fn serve_udp(socket: UdpSocket, zone: Arc<Mutex<Zone>>) {
    let mut bytes = vec![0; 4_096];
    loop {
        let Ok((length, from)) = socket.recv_from(&mut bytes).await else { continue };
        if let Some(answer) = answer(&bytes[..length], &zone, true) {
            socket.send_to(&answer, from).await.unwrap();
        }
    }
}

async fn serve_tcp(listener: TcpListener, zone: Arc<Mutex<Zone>>) {
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        // Whoever hangs up has heard enough.
        let _ = serve_stream(&mut stream, &zone).await;
    }
}

async fn serve_stream(stream: &mut TcpStream, zone: &Mutex<Zone>) -> std::io::Result<()> {
    let mut bytes = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut bytes).await?;
    if let Some(answer) = answer(&bytes, zone, false) {
        stream.write_u16(u16::try_from(answer.len()).unwrap()).await?;
        stream.write_all(&answer).await?;
    }
    Ok(())
}

fn answer(bytes: &[u8], zone: &Mutex<Zone>, udp: bool) -> Option<Vec<u8>> {
    let asked = Message::from_vec(bytes).unwrap();
    let query = asked.queries.first().unwrap().clone();
    let name = query.name().clone();
    let reply = {
        let mut zone = zone.lock().unwrap();
        zone.asked.push(name.to_ascii());
        zone.replies.get(&name.to_ascii().to_lowercase()).cloned().unwrap_or(Reply::Code(ResponseCode::NXDomain))
    };
    let mut message = Message::response(asked.id, asked.op_code);
    message.metadata.recursion_desired = true;
    message.metadata.recursion_available = true;
    message.add_query(query);
    let record =
        |name: &Name, pieces: &[String]| Record::from_rdata(name.clone(), 3_600, RData::TXT(TXT::new(pieces.to_vec())));
    match reply {
        Reply::Silence => return None,
        Reply::Code(code) => message.metadata.response_code = code,
        Reply::Long(_) if udp => message.metadata.truncation = true,
        Reply::Texts(texts) | Reply::Long(texts) => {
            message.add_answers(texts.iter().map(|pieces| record(&name, pieces)));
        }
        Reply::Alias(target, value) => {
            let target = Name::from_ascii(target).unwrap();
            message.add_answer(Record::from_rdata(name, 3_600, RData::CNAME(CNAME(target.clone()))));
            message.add_answer(record(&target, &[value]));
        }
    }
    Some(message.to_vec().unwrap())
}

#[track_caller]
fn records(answer: &Answer, expected: &[&str]) {
    let Answer::Records(values) = answer else { panic!("{answer:?}") };
    assert_eq!(values, expected);
}

/// P/D-3.
#[tokio::test(flavor = "multi_thread")]
async fn the_records_of_exactly_the_name_are_read_whole() {
    let server = NameServer::start().await;
    let dns = server.resolver();
    server.set("acme.example", text("rollcall-verification=1"));
    records(&dns.txt("acme.example").await.answer, &["rollcall-verification=1"]);
    let pieces = vec!["rollcall-".to_owned(), "verification=2".to_owned()];
    server.set("two.example", Reply::Texts(vec![vec!["v=spf1 -all".to_owned()], pieces]));
    records(&dns.txt("two.example").await.answer, &["v=spf1 -all", "rollcall-verification=2"]);
    server.set("none.example", Reply::Texts(Vec::new()));
    records(&dns.txt("none.example").await.answer, &[]);
    // Too long for one datagram: asked again over TCP.
    let long: Vec<String> = vec!["x".repeat(255); 20];
    server.set("long.example", Reply::Long(vec![long.clone()]));
    records(&dns.txt("long.example").await.answer, &[&long.concat()]);
    // What the owner of another name publishes says nothing about this one.
    server.set("alias.example", Reply::Alias("elsewhere.example.", "rollcall-verification=3".to_owned()));
    records(&dns.txt("alias.example").await.answer, &[]);
    // No search domain was tried, and nothing was remembered.
    server.set("acme.example", text("rollcall-verification=4"));
    records(&dns.txt("acme.example").await.answer, &["rollcall-verification=4"]);
    assert!(server.asked().iter().all(|name| name.matches('.').count() == 2), "{:?}", server.asked());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_record_is_told_apart() {
    let server = NameServer::start().await;
    let dns = server.resolver();
    let lookup = dns.txt("nobody.example").await;
    assert_eq!((lookup.answer, lookup.server), (Answer::NoSuchName, format!("the name server {}", server.address)));
    server.set("broken.example", Reply::Code(ResponseCode::ServFail));
    assert_eq!(dns.txt("broken.example").await.answer, Answer::Failure("SERVFAIL".to_owned()));
    server.set("closed.example", Reply::Code(ResponseCode::Refused));
    assert_eq!(dns.txt("closed.example").await.answer, Answer::Failure("REFUSED".to_owned()));
    server.set("silent.example", Reply::Silence);
    assert_eq!(dns.txt("silent.example").await.answer, Answer::Silence(Duration::from_secs(1)));
}

//! The World behind as much JSON-RPC as the command line speaks.

use ballast_client::Chain;
use ballast_tests::World;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

/// Answers until the test's process ends, at the URL that is returned.
pub fn serve(world: World) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || listener.incoming().flatten().for_each(|stream| answer(&world, stream)));
    url
}

/// One request a connection.
fn answer(world: &World, stream: TcpStream) {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    for line in reader.by_ref().lines().map_while(Result::ok).take_while(|line| !line.is_empty()) {
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    let request: Value = serde_json::from_slice(&body).expect("a request");
    let body = json!({ "jsonrpc": "2.0", "id": request["id"], "result": result(world, &request) }).to_string();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}",
        body.len()
    );
    write!(reader.into_inner(), "{head}\r\n\r\n{body}").expect("a listener");
}

fn result(world: &World, request: &Value) -> Value {
    let options = &request["params"][1];
    match request["method"].as_str() {
        Some("getProgramAccounts") => {
            // Of the two comparisons, the first is the kind's.
            assert_eq!(
                (&options["encoding"], &options["filters"][1]["memcmp"]["offset"]),
                (&json!("base64"), &json!(0))
            );
            let accounts =
                world.accounts().into_iter().filter(|(_, account)| passes(&options["filters"], &account.data));
            accounts
                .map(|(address, account)| json!({ "pubkey": address.to_string(), "account": encoded(&account) }))
                .collect()
        }
        Some("getMultipleAccounts") => {
            let addresses = request["params"][0].as_array().expect("addresses").iter();
            let addresses: Vec<_> =
                addresses.map(|one| one.as_str().expect("text").parse().expect("an address")).collect();
            let accounts = Chain::accounts(world, &addresses).expect("a chain that never fails");
            let value: Vec<_> = accounts.iter().map(|account| account.as_ref().map_or(Value::Null, encoded)).collect();
            json!({ "context": { "slot": world.slot() }, "value": value })
        }
        other => panic!("nobody asks {other:?}"),
    }
}

fn passes(filters: &Value, data: &[u8]) -> bool {
    let matches = |filter: &Value| {
        let (at, bytes) = (filter["memcmp"]["offset"].as_u64(), filter["memcmp"]["bytes"].as_str());
        let bytes = bs58::decode(bytes.expect("base 58")).into_vec().expect("base 58");
        let at = usize::try_from(at.expect("an offset")).expect("an offset");
        data.get(at..).is_some_and(|rest| rest.starts_with(&bytes))
    };
    filters[0]["dataSize"] == data.len() && matches(&filters[1]) && matches(&filters[2])
}

fn encoded(account: &solana_account::Account) -> Value {
    use base64::Engine;
    let data = base64::prelude::BASE64_STANDARD.encode(&account.data);
    let (owner, space) = (account.owner.to_string(), account.data.len());
    json!({
        "data": [data, "base64"], "executable": account.executable, "lamports": account.lamports, "owner": owner,
        "rentEpoch": account.rent_epoch, "space": space,
    })
}

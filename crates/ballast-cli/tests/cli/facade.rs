//! A node for the tests: the World behind the JSON-RPC methods that the command line uses.

use anchor_lang::prelude::Address;
use ballast_client::Chain;
use ballast_testkit::World;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use solana_account::Account;
use solana_transaction::versioned::VersionedTransaction;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

/// What a node remembers of a transaction.
#[derive(Clone)]
pub struct Remembered {
    pub signature: String,
    pub accounts: Vec<Address>,
    pub slot: u64,
    pub time: i64,
    pub error: Value,
    pub logs: Vec<String>,
}

pub struct Chained {
    pub world: World,
    /// The oldest first.
    pub history: Vec<Remembered>,
    /// The method and parameters of every request.
    pub asked: Vec<(String, Value)>,
    /// It accepts transactions and loses them.
    pub loses: bool,
    /// It no longer has the logs.
    pub forgets: bool,
    /// It goes away after this many more transactions.
    pub lives: usize,
    /// It executes a transaction and hangs up before it answers.
    pub hangs_up: bool,
}

/// The number of slots after which a slot is final.
pub const FINAL_AFTER: u64 = 32;

/// A node at a URL.
#[derive(Clone)]
pub struct Node {
    pub url: String,
    chained: Arc<Mutex<Chained>>,
}

impl Node {
    /// Answers until the test's process ends.
    pub fn serve(world: World) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let chained = Chained {
            world,
            history: Vec::new(),
            asked: Vec::new(),
            loses: false,
            forgets: false,
            lives: usize::MAX,
            hangs_up: false,
        };
        let node = Self { url, chained: Arc::new(Mutex::new(chained)) };
        let serving = node.clone();
        std::thread::spawn(move || listener.incoming().flatten().for_each(|stream| answer(&serving, stream)));
        node
    }

    pub fn chained(&self) -> MutexGuard<'_, Chained> {
        self.chained.lock().expect("no test panics in it")
    }

    /// Returns the parameters of every request for a method, in order.
    pub fn asked(&self, method: &str) -> Vec<Value> {
        let chained = self.chained();
        let asked = chained.asked.iter().filter(|(known, _)| known == method);
        asked.map(|(_, params)| params.clone()).collect()
    }

    /// Returns how many transactions it has executed.
    pub fn sent(&self) -> usize {
        self.chained().history.len()
    }
}

/// Answers the one request of a connection.
fn answer(node: &Node, stream: TcpStream) {
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
    let result = result(&mut node.chained(), &request);
    let Some(result) = result else { return };
    let body = json!({ "jsonrpc": "2.0", "id": request["id"], "result": result }).to_string();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}",
        body.len()
    );
    write!(reader.into_inner(), "{head}\r\n\r\n{body}").expect("a listener");
}

/// Returns the result of a request; none if the node is away.
fn result(chained: &mut Chained, request: &Value) -> Option<Value> {
    let (params, options) = (&request["params"], &request["params"][1]);
    chained.asked.push((text(&request["method"]).to_owned(), params.clone()));
    if chained.lives == 0 {
        return None;
    }
    let slot = chained.world.slot();
    let in_context = |value: Value| json!({ "context": { "slot": slot }, "value": value });
    Some(match request["method"].as_str().expect("a method") {
        "getProgramAccounts" => program_accounts(&chained.world, options),
        "getMultipleAccounts" => {
            let accounts = Chain::accounts(&chained.world, &addresses(&params[0])).expect("a chain that never fails");
            in_context(accounts.iter().map(|account| account.as_ref().map_or(Value::Null, encoded)).collect())
        }
        "getLatestBlockhash" => {
            // Each blockhash is new, so that two equal instructions make two transactions.
            chained.world.svm.expire_blockhash();
            // A new slot, because the loader changes a program only once in a slot.
            chained.world.advance_slots(1);
            let blockhash = chained.world.svm.latest_blockhash().to_string();
            in_context(json!({ "blockhash": blockhash, "lastValidBlockHeight": slot + 150 }))
        }
        "isBlockhashValid" => in_context(json!(chained.world.svm.latest_blockhash().to_string() == text(&params[0]))),
        "getBlockHeight" => {
            // Blocks pass quickly, so that a test does not wait as long as on a cluster.
            chained.world.advance_slots(if chained.loses { 100 } else { 0 });
            json!(chained.world.slot())
        }
        "getRecentPrioritizationFees" => {
            json!([0, 700, 900].map(|fee| json!({ "slot": slot, "prioritizationFee": fee })))
        }
        "getMinimumBalanceForRentExemption" => {
            let length = usize::try_from(params[0].as_u64().expect("a length")).expect("a length");
            json!(chained.world.svm.minimum_balance_for_rent_exemption(length))
        }
        "simulateTransaction" => in_context(simulation(&chained.world, &transaction(&params[0]), options)),
        "sendTransaction" => {
            let signature = take(chained, transaction(&params[0]));
            if chained.hangs_up {
                return None;
            }
            json!(signature)
        }
        "getSignatureStatuses" => {
            let of = |signature: &Value| {
                let known = chained.history.iter().find(|known| known.signature == text(signature));
                known.filter(|_| !chained.loses).map_or(Value::Null, status)
            };
            in_context(params[0].as_array().expect("signatures").iter().map(of).collect())
        }
        "getSignaturesForAddress" => signatures(chained, &text(&params[0]).parse().expect("an address"), options),
        "getTransaction" => {
            assert_eq!(options["commitment"], "finalized");
            let known = chained.history.iter().find(|known| known.signature == text(&params[0])).expect("a known one");
            let logs = if chained.forgets { Value::Null } else { json!(known.logs) };
            json!({
                "slot": known.slot, "blockTime": known.time, "transaction": ["", "base64"],
                "meta": { "err": known.error, "logMessages": logs },
            })
        }
        other => panic!("the node does not know the method {other}"),
    })
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

fn addresses(list: &Value) -> Vec<Address> {
    list.as_array().expect("addresses").iter().map(|one| text(one).parse().expect("an address")).collect()
}

fn transaction(wire: &Value) -> VersionedTransaction {
    wincode::deserialize(&BASE64_STANDARD.decode(text(wire)).expect("base 64")).expect("a transaction")
}

fn program_accounts(world: &World, options: &Value) -> Value {
    // The first comparison is with the account's discriminator.
    assert_eq!((&options["encoding"], &options["filters"][1]["memcmp"]["offset"]), (&json!("base64"), &json!(0)));
    let accounts = world.accounts().into_iter().filter(|(_, account)| passes(&options["filters"], &account.data));
    accounts.map(|(address, account)| json!({ "pubkey": address.to_string(), "account": encoded(&account) })).collect()
}

fn passes(filters: &Value, data: &[u8]) -> bool {
    let matches = |filter: &Value| {
        let bytes = bs58::decode(text(&filter["memcmp"]["bytes"])).into_vec().expect("base 58");
        let at = usize::try_from(filter["memcmp"]["offset"].as_u64().expect("an offset")).expect("an offset");
        data.get(at..).is_some_and(|rest| rest.starts_with(&bytes))
    };
    filters[0]["dataSize"] == data.len() && matches(&filters[1]) && matches(&filters[2])
}

fn encoded(account: &Account) -> Value {
    let data = BASE64_STANDARD.encode(&account.data);
    let (owner, space) = (account.owner.to_string(), account.data.len());
    json!({
        "data": [data, "base64"], "executable": account.executable, "lamports": account.lamports, "owner": owner,
        "rentEpoch": account.rent_epoch, "space": space,
    })
}

fn simulation(world: &World, transaction: &VersionedTransaction, options: &Value) -> Value {
    assert!(options["replaceRecentBlockhash"] == true && options["sigVerify"] != true);
    let (error, meta, after) = match world.svm.simulate_transaction(transaction.clone()) {
        Ok(done) => (Value::Null, done.meta, done.post_accounts),
        Err(failed) => (json!(failed.err), failed.meta, Vec::new()),
    };
    let wanted = options["accounts"]["addresses"].as_array().cloned().unwrap_or_default();
    let account = |address: &Address| {
        let after = after.iter().find(|(known, _)| known == address).map(|(_, account)| account.clone().into());
        after.or_else(|| world.svm.get_account(address))
    };
    let accounts = addresses(&json!(wanted)).iter().map(account).collect::<Vec<Option<Account>>>();
    let accounts: Vec<_> = accounts.iter().map(|account| account.as_ref().map_or(Value::Null, encoded)).collect();
    json!({ "err": error, "logs": meta.logs, "unitsConsumed": meta.compute_units_consumed, "accounts": accounts })
}

/// Takes a transaction as validators do: it verifies every signature, and executes no transaction twice.
fn take(chained: &mut Chained, transaction: VersionedTransaction) -> String {
    let message = transaction.message.serialize();
    let signers = transaction.message.static_account_keys().iter().take(transaction.signatures.len());
    let verified =
        signers.zip(&transaction.signatures).all(|(key, signature)| signature.verify(key.as_ref(), &message));
    assert!(verified, "a transaction that one of its signers has not signed");
    let signature = transaction.signatures[0].to_string();
    if chained.loses {
        chained.world.svm.expire_blockhash();
        return signature;
    }
    if chained.history.iter().any(|known| known.signature == signature) {
        return signature;
    }
    let accounts = transaction.message.static_account_keys().to_vec();
    let (slot, time) = (chained.world.slot(), chained.world.now());
    let (error, logs) = match chained.world.svm.send_transaction(transaction) {
        Ok(meta) => (Value::Null, meta.logs),
        Err(failed) => (json!(failed.err), failed.meta.logs),
    };
    chained.history.push(Remembered { signature: signature.clone(), accounts, slot, time, error, logs });
    chained.lives -= 1;
    signature
}

fn status(known: &Remembered) -> Value {
    let status = if known.error.is_null() { json!({ "Ok": null }) } else { json!({ "Err": known.error }) };
    json!({
        "slot": known.slot, "confirmations": 1, "err": known.error, "status": status, "confirmationStatus": "confirmed"
    })
}

/// Returns a page of signatures, the newest first.
fn signatures(chained: &Chained, address: &Address, options: &Value) -> Value {
    let before = options["before"].as_str();
    let newest = chained.history.iter().rev();
    let rest = newest.skip_while(|known| before.is_some_and(|before| known.signature != before));
    let rest = rest.skip(usize::from(before.is_some())).filter(|known| known.accounts.contains(address));
    let limit = usize::try_from(options["limit"].as_u64().expect("a limit")).expect("a limit");
    let entry = |known: &Remembered| {
        let status = if known.slot + FINAL_AFTER <= chained.world.slot() { "finalized" } else { "confirmed" };
        json!({
            "signature": known.signature, "slot": known.slot, "err": known.error, "memo": null, "blockTime": known.time,
            "confirmationStatus": status,
        })
    };
    // Fewer than the limit, as nodes may return. Only an empty page is the end.
    rest.take(limit.min(3)).map(entry).collect()
}

//! `report`: the program's events, for an audit: of an account, of a time, in full, the oldest first. Only what is final: a row that a fork
//! takes back has never been.

use crate::answer::{Answer, Failure};
use crate::args::Reported;
use crate::event::{self, Event};
use crate::figures::{Time, table};
use anchor_lang::prelude::Address;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use solana_rpc_client::api::request::RpcRequest;
use solana_rpc_client::api::response::TransactionConfirmationStatus;
use solana_rpc_client::rpc_client::{GetConfirmedSignaturesForAddress2Config, RpcClient};
use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

/// How many transactions a node gives at a time, and how many are asked for at once.
const PAGE: usize = 1_000;
const AT_ONCE: usize = 8;

#[derive(Serialize)]
pub struct Row {
    pub slot: u64,
    /// Of the block; none where the node does not know it.
    pub time: Option<Time>,
    pub signature: String,
    /// Which of the transaction's events.
    pub number: usize,
    pub event: String,
    #[serde(serialize_with = "object")]
    pub fields: Vec<(String, String)>,
}

fn object<S: Serializer>(fields: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(fields.iter().map(|(name, value)| (name, value)))
}

#[derive(Serialize)]
pub struct Report {
    pub events: Vec<Row>,
    /// Transactions whose logs the runtime has cut: they may have told more.
    pub truncated: Vec<String>,
    /// Transactions that a fork may still take back: their events are not told yet.
    pub not_final: Vec<String>,
}

/// A transaction that went through.
struct Listed {
    signature: String,
    slot: u64,
    time: Option<i64>,
    is_final: bool,
}

pub fn answer(node: &RpcClient, args: &Reported) -> Result<Answer, Failure> {
    let report = read(node, args)?;
    match args.csv.as_deref() {
        None => Answer::new(report),
        Some(file) if file == Path::new("-") => {
            // Beside the table, which is read by machines.
            eprint!("{}", report.notes());
            Ok(Answer { text: csv(&report)?, ..Answer::new(report)? })
        }
        Some(file) => {
            write(file, &csv(&report)?)?;
            let text = format!("{} events in {}\n", report.events.len(), file.display());
            Ok(Answer { text: text + &report.notes(), ..Answer::new(report)? })
        }
    }
}

fn read(node: &RpcClient, args: &Reported) -> Result<Report, Failure> {
    let listed = list(node, &args.account.unwrap_or(ballast::ID), args)?;
    let (listed, open): (Vec<_>, Vec<_>) = listed.into_iter().partition(|listed| listed.is_final);
    let not_final = open.into_iter().map(|listed| listed.signature).collect();
    let mut report = Report { events: Vec::new(), truncated: Vec::new(), not_final };
    for chunk in listed.chunks(AT_ONCE) {
        let told = std::thread::scope(|scope| {
            let asked: Vec<_> = chunk.iter().map(|listed| scope.spawn(|| logs(node, &listed.signature))).collect();
            let join = |asked: std::thread::ScopedJoinHandle<_>| {
                asked.join().unwrap_or_else(|_| Err(Failure::chain("the asking has failed")))
            };
            asked.into_iter().map(join).collect::<Result<Vec<_>, _>>()
        })?;
        for (listed, logs) in chunk.iter().zip(told) {
            report.add(listed, &logs);
        }
    }
    Ok(report)
}

/// The oldest first. Nodes give the newest first, page by page, until one is empty.
fn list(node: &RpcClient, account: &Address, args: &Reported) -> Result<Vec<Listed>, Failure> {
    let (since, until) = (args.since.map_or(i64::MIN, |time| time.0), args.until.map_or(i64::MAX, |time| time.0));
    let mut listed = Vec::new();
    let mut seen = BTreeSet::new();
    let mut before = None;
    loop {
        let config = GetConfirmedSignaturesForAddress2Config {
            before: before.as_deref().and_then(|signature: &str| signature.parse().ok()),
            limit: Some(PAGE),
            commitment: Some(node.commitment()),
            ..Default::default()
        };
        let page = node.get_signatures_for_address_with_config(account, config).map_err(Failure::chain)?;
        let Some(last) = page.last() else { break };
        let is_over = last.block_time.is_some_and(|time| time < since);
        before = Some(last.signature.clone());
        for entry in page {
            let within = entry.block_time.is_none_or(|time| (since..until).contains(&time));
            // What has failed has changed nothing, whatever it told before.
            if within && entry.err.is_none() && seen.insert(entry.signature.clone()) {
                let is_final = entry.confirmation_status == Some(TransactionConfirmationStatus::Finalized);
                let (signature, slot, time) = (entry.signature, entry.slot, entry.block_time);
                listed.push(Listed { signature, slot, time, is_final });
            }
        }
        if is_over {
            break;
        }
    }
    listed.reverse();
    Ok(listed)
}

fn logs(node: &RpcClient, signature: &str) -> Result<Vec<String>, Failure> {
    let options = json!({ "encoding": "base64", "commitment": "finalized", "maxSupportedTransactionVersion": 0 });
    let found: Value = node.send(RpcRequest::GetTransaction, json!([signature, options])).map_err(Failure::chain)?;
    let lines = found["meta"]["logMessages"].as_array();
    let gone = || Failure::NotFound(format!("the node has no logs of {signature}; ask one that keeps them all"));
    lines.ok_or_else(gone).map(|lines| lines.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

impl Report {
    fn add(&mut self, listed: &Listed, logs: &[String]) {
        let told = event::events(logs);
        if told.truncated {
            self.truncated.push(listed.signature.clone());
        }
        for (number, Event { name, fields }) in told.events.into_iter().enumerate() {
            let Listed { signature, slot, time, .. } = listed;
            let (slot, time, signature) = (*slot, time.map(Time), signature.clone());
            self.events.push(Row { slot, time, signature, number, event: name, fields });
        }
    }

    fn notes(&self) -> String {
        let line = |signature| format!("note: the logs of {signature} are cut: it may have told more\n");
        let cut: String = self.truncated.iter().map(line).collect();
        match self.not_final.len() {
            0 => cut,
            open => format!(
                "{cut}note: transactions that are not final yet and left out: {open}; ask again in half a minute\n"
            ),
        }
    }
}

/// One row an event; a column for every field that any event has, so that the header is always the same.
fn csv(report: &Report) -> Result<String, Failure> {
    let columns = event::columns();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let fixed = ["slot", "time", "signature", "number", "event"];
    // Readers of tables find a column by its name, and of two with the same name only one.
    let told =
        columns.iter().map(|name| if fixed.contains(name) { format!("event_{name}") } else { (*name).to_owned() });
    writer.write_record(fixed.map(str::to_owned).into_iter().chain(told)).map_err(Failure::chain)?;
    for row in &report.events {
        let time = row.time.map(|time| time.to_string()).unwrap_or_default();
        let fixed = [row.slot.to_string(), time, row.signature.clone(), row.number.to_string(), row.event.clone()];
        let value = |column: &&str| {
            let field = row.fields.iter().find(|(name, _)| name == column);
            field.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        writer.write_record(fixed.into_iter().chain(columns.iter().map(value))).map_err(Failure::chain)?;
    }
    let bytes = writer.into_inner().map_err(Failure::chain)?;
    String::from_utf8(bytes).map_err(Failure::chain)
}

/// Beside it first: who is interrupted leaves the old file or the new one.
fn write(file: &Path, text: &str) -> Result<(), Failure> {
    let unwritable = |error| {
        Failure::Input(
            format!("{} cannot be written: {error}", file.display()),
            "name a file in a folder that is there",
        )
    };
    let mut partial = file.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    std::fs::write(&partial, text).and_then(|()| std::fs::rename(&partial, file)).map_err(|error| {
        // What cannot take the other's place is of no use to anybody, if it is there at all.
        let _ = std::fs::remove_file(&partial);
        unwritable(error)
    })
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let rows = self.events.iter().map(|row| {
            let fields: Vec<_> = row.fields.iter().map(|(name, value)| format!("{name} {value}")).collect();
            let time = row.time.map(|time| time.to_string()).unwrap_or_default();
            vec![time, row.slot.to_string(), row.event.clone(), fields.join(", "), row.signature.clone()]
        });
        writeln!(f, "{}", table(&["time", "slot", "event", "", "transaction"], rows))?;
        f.write_str(&self.notes())
    }
}

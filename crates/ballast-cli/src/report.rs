//! `report`: the program's events for an audit, the oldest first, of one account or of all, within a time. Only final
//! transactions are reported, because a fork may take back any other.

use crate::answer::{Answer, CommandError};
use crate::args::ReportArgs;
use crate::event::{self, ReportedEvent};
use crate::figures::{UnixTime, table};
use anchor_lang::prelude::Address;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use solana_rpc_client::api::request::RpcRequest;
use solana_rpc_client::api::response::TransactionConfirmationStatus;
use solana_rpc_client::rpc_client::{GetConfirmedSignaturesForAddress2Config, RpcClient};
use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

/// The most signatures that a node returns for one request.
const PAGE: usize = 1_000;
/// How many requests for logs run in parallel.
const PARALLEL: usize = 8;

#[derive(Serialize)]
pub struct EventRow {
    pub slot: u64,
    /// The time of the block; none if the node does not know it.
    pub time: Option<UnixTime>,
    pub signature: String,
    /// The position of the event in its transaction.
    pub number: usize,
    pub event: String,
    #[serde(serialize_with = "object")]
    pub fields: Vec<(String, String)>,
}

fn object<S: Serializer>(fields: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(fields.iter().map(|(name, value)| (name, value)))
}

#[derive(Serialize)]
pub struct EventReport {
    pub events: Vec<EventRow>,
    /// Transactions whose logs the runtime has cut: they may have emitted more events.
    pub truncated: Vec<String>,
    /// Transactions that a fork may still take back. Their events are left out.
    pub not_final: Vec<String>,
}

/// A transaction that has succeeded.
struct ListedTransaction {
    signature: String,
    slot: u64,
    time: Option<i64>,
    is_final: bool,
}

pub fn answer(node: &RpcClient, args: &ReportArgs) -> Result<Answer, CommandError> {
    let report = read(node, args)?;
    match args.csv.as_deref() {
        None => Answer::new(report),
        Some(file) if file == Path::new("-") => {
            // On standard error, because programs read the table.
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

fn read(node: &RpcClient, args: &ReportArgs) -> Result<EventReport, CommandError> {
    let listed = list(node, &args.account.unwrap_or(ballast::ID), args)?;
    let (listed, open): (Vec<_>, Vec<_>) = listed.into_iter().partition(|listed| listed.is_final);
    let not_final = open.into_iter().map(|listed| listed.signature).collect();
    let mut report = EventReport { events: Vec::new(), truncated: Vec::new(), not_final };
    for chunk in listed.chunks(PARALLEL) {
        let logs = std::thread::scope(|scope| {
            let asked: Vec<_> = chunk.iter().map(|listed| scope.spawn(|| logs(node, &listed.signature))).collect();
            let join = |asked: std::thread::ScopedJoinHandle<_>| {
                asked.join().unwrap_or_else(|_| Err(CommandError::node("a request for logs has failed")))
            };
            asked.into_iter().map(join).collect::<Result<Vec<_>, _>>()
        })?;
        for (listed, logs) in chunk.iter().zip(logs) {
            report.add(listed, &logs);
        }
    }
    Ok(report)
}

/// Lists transactions, the oldest first. A node returns the newest first, page by page; an empty page is the end.
fn list(node: &RpcClient, account: &Address, args: &ReportArgs) -> Result<Vec<ListedTransaction>, CommandError> {
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
        let page = node.get_signatures_for_address_with_config(account, config).map_err(CommandError::node)?;
        let Some(last) = page.last() else { break };
        let is_over = last.block_time.is_some_and(|time| time < since);
        before = Some(last.signature.clone());
        for entry in page {
            let within = entry.block_time.is_none_or(|time| (since..until).contains(&time));
            // A failed transaction has changed nothing, whatever it has logged.
            if within && entry.err.is_none() && seen.insert(entry.signature.clone()) {
                let is_final = entry.confirmation_status == Some(TransactionConfirmationStatus::Finalized);
                let (signature, slot, time) = (entry.signature, entry.slot, entry.block_time);
                listed.push(ListedTransaction { signature, slot, time, is_final });
            }
        }
        if is_over {
            break;
        }
    }
    listed.reverse();
    Ok(listed)
}

fn logs(node: &RpcClient, signature: &str) -> Result<Vec<String>, CommandError> {
    let options = json!({ "encoding": "base64", "commitment": "finalized", "maxSupportedTransactionVersion": 0 });
    let found: Value =
        node.send(RpcRequest::GetTransaction, json!([signature, options])).map_err(CommandError::node)?;
    let lines = found["meta"]["logMessages"].as_array();
    let gone =
        || CommandError::NotFound(format!("the node has no logs of {signature}; name a node that keeps all logs"));
    lines.ok_or_else(gone).map(|lines| lines.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

impl EventReport {
    fn add(&mut self, listed: &ListedTransaction, logs: &[String]) {
        let logged = event::events(logs);
        if logged.truncated {
            self.truncated.push(listed.signature.clone());
        }
        for (number, ReportedEvent { name, fields }) in logged.events.into_iter().enumerate() {
            let ListedTransaction { signature, slot, time, .. } = listed;
            let (slot, time, signature) = (*slot, time.map(UnixTime), signature.clone());
            self.events.push(EventRow { slot, time, signature, number, event: name, fields });
        }
    }

    fn notes(&self) -> String {
        let line = |signature| format!("note: the logs of {signature} are cut, so it may have emitted more events\n");
        let cut: String = self.truncated.iter().map(line).collect();
        match self.not_final.len() {
            0 => cut,
            open => format!(
                "{cut}note: transactions left out because they are not final yet: {open}; try again in half a minute\n"
            ),
        }
    }
}

/// Writes one row for each event. Every field of every event has a column, so the header is always the same.
fn csv(report: &EventReport) -> Result<String, CommandError> {
    let columns = event::columns();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let fixed = ["slot", "time", "signature", "number", "event"];
    // Readers of tables find a column by its name, so no name may stand twice.
    let named =
        columns.iter().map(|name| if fixed.contains(name) { format!("event_{name}") } else { (*name).to_owned() });
    writer.write_record(fixed.map(str::to_owned).into_iter().chain(named)).map_err(CommandError::node)?;
    for row in &report.events {
        let time = row.time.map(|time| time.to_string()).unwrap_or_default();
        let fixed = [row.slot.to_string(), time, row.signature.clone(), row.number.to_string(), row.event.clone()];
        let value = |column: &&str| {
            let field = row.fields.iter().find(|(name, _)| name == column);
            field.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        writer.write_record(fixed.into_iter().chain(columns.iter().map(value))).map_err(CommandError::node)?;
    }
    let bytes = writer.into_inner().map_err(CommandError::node)?;
    String::from_utf8(bytes).map_err(CommandError::node)
}

/// Writes a file beside it and renames that, so that an interruption leaves either the old file or the new one.
fn write(file: &Path, text: &str) -> Result<(), CommandError> {
    let unwritable = |error| {
        CommandError::Input(
            format!("{} cannot be written: {error}", file.display()),
            "name a file in a folder that exists",
        )
    };
    let mut partial = file.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    std::fs::write(&partial, text).and_then(|()| std::fs::rename(&partial, file)).map_err(|error| {
        // The partial file may not exist, and nobody needs it.
        let _ = std::fs::remove_file(&partial);
        unwritable(error)
    })
}

impl fmt::Display for EventReport {
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

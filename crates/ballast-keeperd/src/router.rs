//! Where seized tokens are sold: a router with Jupiter's API. Besides the hot path, the daemon asks it for the sales
//! that liquidations would need now. The answers go to the engine as routes, and the engine writes the amounts of each
//! liquidation into them.

use crate::endpoint::Endpoint;
use crate::node::{AsOf, EncodedAccount, RpcNode, reason};
use anchor_lang::prelude::Address;
use ballast_client::transaction::lookup_table;
use ballast_keeper::engine::WantedRoute;
use ballast_keeper::event::{KeeperEvent, Route, RouteAccount};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use solana_account::Account;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

const PATIENCE: Duration = Duration::from_secs(2);
/// A useful table takes 34 bytes of a transaction's 1,232.
const MOST_TABLES: usize = 16;
const TABLES_KEPT: usize = 256;

pub struct Router {
    /// The API's URL: `/quote` and `/swap-instructions` are below it.
    pub url: Endpoint,
    /// Reads the lookup tables.
    pub node: RpcNode,
    pub keeper: Address,
    /// The programs that may be called with the keeper's signature.
    pub programs: Vec<Address>,
    pub every: Duration,
    /// The compute units of a swap, if the router does not say.
    pub units: u32,
    pub wanted: watch::Receiver<Vec<WantedRoute>>,
    pub events: mpsc::Sender<KeeperEvent>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Quoted {
    in_amount: String,
    out_amount: String,
    #[serde(default)]
    context_slot: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Instructions {
    swap_instruction: Instruction,
    #[serde(default)]
    address_lookup_table_addresses: Vec<String>,
    compute_unit_limit: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Instruction {
    program_id: String,
    accounts: Vec<Meta>,
    data: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    pubkey: String,
    is_signer: bool,
    is_writable: bool,
}

impl Router {
    /// Runs until the daemon stops asking for routes.
    pub async fn run(mut self) {
        let client = reqwest::Client::builder().timeout(PATIENCE).build();
        let client = client.expect("TLS is compiled in, and nothing else is configured");
        let mut tables = BTreeMap::new();
        loop {
            let wanted = self.wanted.borrow_and_update().clone();
            for sale in &wanted {
                match self.route(&client, &mut tables, sale).await {
                    Ok(route) => {
                        if self.events.send(KeeperEvent::Route(route)).await.is_err() {
                            return;
                        }
                    }
                    Err(reason) => tracing::warn!(reason, router = %self.url, "the router gave no route"),
                }
            }
            if !self.rest(&wanted).await {
                return;
            }
        }
    }

    /// Waits until it is time for the next quotes, or until another pair is wanted: amounts change with every price.
    /// Returns false at the end.
    async fn rest(&mut self, quoted: &[WantedRoute]) -> bool {
        let is_new = |now: &WantedRoute| !quoted.iter().any(|one| (one.sold, one.bought) == (now.sold, now.bought));
        tokio::select! {
            () = tokio::time::sleep(self.every) => true,
            changed = self.wanted.wait_for(|now| now.iter().any(is_new)) => changed.is_ok(),
        }
    }

    async fn route(
        &self,
        client: &reqwest::Client,
        tables: &mut BTreeMap<String, (Address, Vec<Address>)>,
        WantedRoute { sold, bought, sold_atoms }: &WantedRoute,
    ) -> Result<Route, String> {
        let [input, output, user] = [sold, bought, &self.keeper].map(|key| bs58::encode(key).into_string());
        // Without slippage: the engine sets the least amount to buy.
        let asked = format!("inputMint={input}&outputMint={output}&amount={sold_atoms}&slippageBps=0");
        let mut url = self.url.join("quote").expose().clone();
        url.set_query(Some(&asked));
        let quote: Value = answer(client.get(url)).await?;
        let quoted: Quoted =
            serde_json::from_value(quote.clone()).map_err(|error| format!("the quote is malformed: {error}"))?;
        let body = json!({ "quoteResponse": quote, "userPublicKey": user, "wrapAndUnwrapSol": false });
        let request = client.post(self.url.join("swap-instructions").expose().clone()).json(&body);
        let instructions: Instructions = answer(request).await?;
        if instructions.address_lookup_table_addresses.len() > MOST_TABLES {
            return Err("the route names more lookup tables than fit into a transaction".to_owned());
        }
        // Routers use hundreds of tables over the years, and tables are closed and extended.
        if tables.len() > TABLES_KEPT {
            tables.clear();
        }
        let mut found = Vec::new();
        for table in &instructions.address_lookup_table_addresses {
            if !tables.contains_key(table) {
                tables.insert(table.clone(), self.table(table).await?);
            }
            found.extend(tables.get(table).cloned());
        }
        let units = instructions.compute_unit_limit.unwrap_or(self.units);
        let route = assemble([*sold, *bought], &quoted, &instructions.swap_instruction);
        let route = route.ok_or("the instruction does not contain the amount, or is malformed")?;
        if route.sold_atoms != *sold_atoms {
            return Err("the quote is for another amount".to_owned());
        }
        if !self.programs.contains(&route.program) {
            let program = route.program;
            return Err(format!("the route calls {program}, which is not in [swap] programs"));
        }
        Ok(Route { tables: found, units, ..route })
    }

    async fn table(&self, name: &str) -> Result<(Address, Vec<Address>), String> {
        let found = self.node.call("getMultipleAccounts", json!([[name], { "encoding": "base64" }])).await;
        let found: AsOf<Vec<Option<EncodedAccount>>> = found.map_err(|error| error.to_string())?;
        let data = found.value.first().and_then(|account| account.as_ref()?.bytes());
        let (key, data) =
            name.parse::<Address>().ok().zip(data).ok_or_else(|| format!("lookup table {name} does not exist"))?;
        let table = lookup_table(key, &Account { data, ..Account::default() });
        let table = table.map_err(|error| format!("lookup table {name}: {error}"))?;
        Ok((key, table.addresses.to_vec()))
    }
}

/// Builds the route without tables and units.
fn assemble([sold, bought]: [Address; 2], quoted: &Quoted, swap: &Instruction) -> Option<Route> {
    let sold_atoms = quoted.in_amount.parse().ok()?;
    let bought_atoms = quoted.out_amount.parse().ok()?;
    let data = BASE64_STANDARD.decode(&swap.data).ok()?;
    let (sold_at, bought_at) = places(&data, sold_atoms, bought_atoms)?;
    let accounts = swap.accounts.iter().map(|Meta { pubkey, is_signer, is_writable }| {
        Some(RouteAccount { address: pubkey.parse().ok()?, is_signer: *is_signer, is_writable: *is_writable })
    });
    Some(Route {
        sold,
        bought,
        sold_atoms,
        bought_atoms,
        program: swap.program_id.parse().ok()?,
        accounts: accounts.collect::<Option<_>>()?,
        sold_at,
        bought_at,
        data,
        tables: Vec::new(),
        units: 0,
        slot: quoted.context_slot,
    })
}

/// Returns where the amounts stand in the data: what is sold comes first, even if both amounts are equal.
fn places(data: &[u8], sold: u64, bought: u64) -> Option<(u32, Option<u32>)> {
    let bought_at = place(data, bought);
    let before = bought_at.and_then(|at| data.get(..at as usize)).and_then(|head| place(head, sold));
    let sold_at = before.or_else(|| place(data, sold))?;
    Some((sold_at, bought_at.filter(|at| *at != sold_at)))
}

/// Returns where an amount stands. Routers have several instructions, and amounts are the last of their arguments.
fn place(data: &[u8], amount: u64) -> Option<u32> {
    let at = data.windows(8).rposition(|window| window == amount.to_le_bytes())?;
    u32::try_from(at).ok()
}

async fn answer<T: DeserializeOwned>(request: reqwest::RequestBuilder) -> Result<T, String> {
    let response = request.send().await.and_then(reqwest::Response::error_for_status).map_err(reason)?;
    response.json().await.map_err(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Jupiter's `route` ends with the amount in, the quoted amount, the slippage and the fee.
    #[test]
    fn the_amounts_are_found_in_an_instruction() {
        let data = [&[7; 20][..], &1_000u64.to_le_bytes(), &990u64.to_le_bytes(), &[0, 0, 0]].concat();
        let key = bs58::encode([3; 32]).into_string();
        let swap = Instruction {
            program_id: key.clone(),
            accounts: vec![Meta { pubkey: key, is_signer: true, is_writable: false }],
            data: BASE64_STANDARD.encode(&data),
        };
        let quoted = |amount: &str| Quoted { in_amount: amount.into(), out_amount: "990".into(), context_slot: 5 };
        let route =
            assemble([Address::new_from_array([1; 32]), Address::new_from_array([2; 32])], &quoted("1000"), &swap)
                .expect("a route");
        assert_eq!((route.sold_at, route.bought_at, route.slot), (20, Some(28), 5));
        assert!(
            assemble([Address::new_from_array([1; 32]), Address::new_from_array([2; 32])], &quoted("1001"), &swap)
                .is_none()
        );
        let even = [[7; 20].as_slice(), &990u64.to_le_bytes(), &990u64.to_le_bytes()].concat();
        assert_eq!(places(&even, 990, 990), Some((20, Some(28))), "both, if they are equal");
        assert_eq!(places(&even[..28], 990, 990), Some((20, None)), "what is sold, if the data names nothing else");
    }
}

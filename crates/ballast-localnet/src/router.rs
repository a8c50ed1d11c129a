//! The pools behind the HTTP interface of Jupiter's router (`/quote`, `/swap-instructions`), as far as a liquidator needs it: one pool,
//! one instruction, an exact amount in. So a keeper sells here as it does on other clusters.

use crate::instructions::{Market, SWAP_PROGRAM, Swap};
use crate::node::{Node, View};
use crate::swaps;
use anchor_lang::prelude::Address;
use anchor_lang::solana_program::instruction::Instruction;
use anyhow::{Context, Result};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use spl_associated_token_account_interface::address::get_associated_token_address_with_program_id;
use std::sync::Arc;
use tokio::net::TcpListener;

struct Books {
    chain: View,
    offers: Vec<Offer>,
}

/// A pool that gives the second mint for the first.
struct Offer {
    mints: [Address; 2],
    token_program: Address,
    swap: Swap,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    input_mint: String,
    output_mint: String,
    amount: u64,
    #[serde(default = "half_a_percent")]
    slippage_bps: u64,
}

/// What `/quote` answers and `/swap-instructions` takes back; amounts are strings there.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Quote {
    input_mint: String,
    output_mint: String,
    in_amount: String,
    out_amount: String,
    other_amount_threshold: String,
    swap_mode: String,
    slippage_bps: u64,
    context_slot: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    quote_response: Quote,
    user_public_key: String,
}

type Refusal = (StatusCode, Json<Value>);

fn half_a_percent() -> u64 {
    50
}

/// Serves until the node ends.
pub fn serve(node: &Node, market: &Market, port: u16) -> Result<()> {
    let offers = swaps::pools(market).map(|([from, to], swap)| {
        let [from, to] = [&market.assets[from], &market.assets[to]];
        Offer { mints: [from.mint, to.mint], token_program: from.token_program, swap }
    });
    let books = Arc::new(Books { chain: node.view(), offers: offers.collect() });
    let router = Router::new()
        .route("/quote", get(quote))
        .route("/swap-instructions", post(swap_instructions))
        .with_state(books);
    let bound = node.runtime().block_on(TcpListener::bind((crate::node::HOST, port)));
    let listener = bound.with_context(|| format!("port {port} cannot be served"))?;
    node.runtime().spawn(async move { axum::serve(listener, router).await });
    Ok(())
}

async fn quote(State(books): State<Arc<Books>>, Query(asked): Query<Asked>) -> Result<Json<Quote>, Refusal> {
    let offer = books.offer(&asked.input_mint, &asked.output_mint)?;
    let out = books.converted(offer, asked.amount)?;
    let least = u128::from(out) * u128::from(10_000 - asked.slippage_bps.min(10_000)) / 10_000;
    Ok(Json(Quote {
        input_mint: asked.input_mint,
        output_mint: asked.output_mint,
        in_amount: asked.amount.to_string(),
        out_amount: out.to_string(),
        other_amount_threshold: least.to_string(),
        swap_mode: "ExactIn".into(),
        slippage_bps: asked.slippage_bps,
        context_slot: books.chain.slot(),
    }))
}

async fn swap_instructions(
    State(books): State<Arc<Books>>,
    Json(Wanted { quote_response, user_public_key }): Json<Wanted>,
) -> Result<Json<Value>, Refusal> {
    let offer = books.offer(&quote_response.input_mint, &quote_response.output_mint)?;
    let user = user_public_key.parse().map_err(|_| refusal("userPublicKey is no address"))?;
    let amount = quote_response.in_amount.parse().map_err(|_| refusal("inAmount is no amount"))?;
    let tokens =
        offer.mints.map(|mint| get_associated_token_address_with_program_id(&user, &mint, &offer.token_program));
    Ok(Json(json!({
        "computeBudgetInstructions": [],
        "setupInstructions": [],
        "swapInstruction": encoded(&offer.swap.swap_ix(&user, tokens[0], tokens[1], amount)),
        "cleanupInstruction": null,
        "otherInstructions": [],
        "addressLookupTableAddresses": [],
    })))
}

fn encoded(instruction: &Instruction) -> Value {
    let accounts = instruction.accounts.iter().map(
        |meta| json!({ "pubkey": meta.pubkey.to_string(), "isSigner": meta.is_signer, "isWritable": meta.is_writable }),
    );
    json!({
        "programId": instruction.program_id.to_string(),
        "accounts": accounts.collect::<Vec<_>>(),
        "data": BASE64_STANDARD.encode(&instruction.data),
    })
}

impl Books {
    fn offer(&self, sold: &str, bought: &str) -> Result<&Offer, Refusal> {
        let found = self.offers.iter().find(|offer| offer.mints.map(|mint| mint.to_string()) == [sold, bought]);
        found.ok_or_else(|| refusal("there is no pool for these mints"))
    }

    /// As the pool will, unless its price moves.
    fn converted(&self, offer: &Offer, amount: u64) -> Result<u64, Refusal> {
        let account = self.chain.account(&offer.swap.price).filter(|account| account.owner == SWAP_PROGRAM);
        let data = account.map(|account| account.data).unwrap_or_default();
        let [numerator, denominator] = swaps::rate_of(&data).ok_or_else(|| refusal("the pool has no price yet"))?;
        let out = u128::from(amount) * u128::from(numerator) / u128::from(denominator);
        u64::try_from(out).map_err(|_| refusal("the amount is too large"))
    }
}

/// As the router answers what it cannot do.
fn refusal(error: &str) -> Refusal {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": error })))
}

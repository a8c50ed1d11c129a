//! Serves the pools with the HTTP interface of Jupiter's router (`/quote`, `/swap-instructions`), as far as a
//! liquidator needs it: one pool, one instruction, an exact amount in. A keeper sells here as it does on other
//! clusters.

use crate::instructions::{Market, SWAP_PROGRAM, SwapPool};
use crate::node::{self, ChainView, LocalNode};
use crate::swaps;
use anyhow::Result;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use ballast_client::instructions::Instruction;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use solana_address::Address;
use spl_associated_token_account_interface::address::get_associated_token_address_with_program_id;
use std::sync::Arc;
use tokio::net::TcpListener;

struct Pools {
    chain: ChainView,
    served: Vec<ServedPool>,
}

/// A pool that gives the second mint for the first.
struct ServedPool {
    mints: [Address; 2],
    token_program: Address,
    swap: SwapPool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct QuoteParams {
    input_mint: String,
    output_mint: String,
    amount: u64,
    #[serde(default = "half_a_percent")]
    slippage_bps: u64,
}

/// What `/quote` answers and `/swap-instructions` takes. Amounts are strings, as in Jupiter's interface.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct QuoteResponse {
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
struct SwapRequest {
    quote_response: QuoteResponse,
    user_public_key: String,
}

type RouterError = (StatusCode, Json<Value>);

fn half_a_percent() -> u64 {
    50
}

/// Serves until the node ends.
pub fn serve(node: &LocalNode, market: &Market, port: u16) -> Result<()> {
    let served = swaps::pools(market).map(|([from, to], swap)| {
        let [from, to] = [&market.assets[from], &market.assets[to]];
        ServedPool { mints: [from.mint, to.mint], token_program: from.token_program, swap }
    });
    let pools = Arc::new(Pools { chain: node.view(), served: served.collect() });
    let router = Router::new()
        .route("/quote", get(quote))
        .route("/swap-instructions", post(swap_instructions))
        .with_state(pools);
    let bound = node.runtime().block_on(TcpListener::bind((node::HOST, port)));
    let listener = bound.map_err(|error| node::unavailable(port, "--swap-port", &error))?;
    node.runtime().spawn(async move { axum::serve(listener, router).await });
    Ok(())
}

async fn quote(
    State(pools): State<Arc<Pools>>,
    Query(params): Query<QuoteParams>,
) -> Result<Json<QuoteResponse>, RouterError> {
    let pool = pools.find(&params.input_mint, &params.output_mint)?;
    let out = pools.amount_out(pool, params.amount)?;
    let least = u128::from(out) * u128::from(10_000 - params.slippage_bps.min(10_000)) / 10_000;
    Ok(Json(QuoteResponse {
        input_mint: params.input_mint,
        output_mint: params.output_mint,
        in_amount: params.amount.to_string(),
        out_amount: out.to_string(),
        other_amount_threshold: least.to_string(),
        swap_mode: "ExactIn".into(),
        slippage_bps: params.slippage_bps,
        context_slot: pools.chain.slot(),
    }))
}

async fn swap_instructions(
    State(pools): State<Arc<Pools>>,
    Json(SwapRequest { quote_response, user_public_key }): Json<SwapRequest>,
) -> Result<Json<Value>, RouterError> {
    let pool = pools.find(&quote_response.input_mint, &quote_response.output_mint)?;
    let user = user_public_key.parse().map_err(|_| refusal("userPublicKey is not an address"))?;
    let amount = quote_response.in_amount.parse().map_err(|_| refusal("inAmount is not an amount"))?;
    let tokens = pool.mints.map(|mint| get_associated_token_address_with_program_id(&user, &mint, &pool.token_program));
    Ok(Json(json!({
        "computeBudgetInstructions": [],
        "setupInstructions": [],
        "swapInstruction": encoded(&pool.swap.swap_ix(&user, tokens[0], tokens[1], amount)),
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

impl Pools {
    fn find(&self, sold: &str, bought: &str) -> Result<&ServedPool, RouterError> {
        let found = self.served.iter().find(|pool| pool.mints.map(|mint| mint.to_string()) == [sold, bought]);
        found.ok_or_else(|| refusal("there is no pool for these mints"))
    }

    /// Returns the atoms that the pool pays out unless its price moves, rounded down.
    fn amount_out(&self, pool: &ServedPool, amount: u64) -> Result<u64, RouterError> {
        let account = self.chain.account(&pool.swap.price).filter(|account| account.owner == SWAP_PROGRAM);
        let data = account.map(|account| account.data).unwrap_or_default();
        let [numerator, denominator] = swaps::rate_of(&data).ok_or_else(|| refusal("the pool has no price yet"))?;
        let out = u128::from(amount) * u128::from(numerator) / u128::from(denominator);
        u64::try_from(out).map_err(|_| refusal("the amount is too large"))
    }
}

/// An error in the form of Jupiter's router.
fn refusal(error: &str) -> RouterError {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": error })))
}

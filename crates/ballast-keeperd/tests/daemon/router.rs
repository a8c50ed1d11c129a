//! A keeper without tokens, and a router that sells what it seizes.

use crate::keeper::Stage;
use crate::node::{Node, listener};
use anchor_lang::prelude::Address;
use axum::body::Bytes;
use axum::extract::RawQuery;
use axum::routing::{get, post};
use axum::{Json, Router};
use ballast_testkit::stage::SwapPool;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use solana_signer::Signer;
use spl_associated_token_account_interface::address::get_associated_token_address_with_program_id as token_address;

/// One pool behind Jupiter's API: 80 micro-units of the second asset for 1,000 nano-units of the first, less 20 bps.
async fn serve(stage: &Stage) -> String {
    let [from, to] = [0, 1].map(|number| stage.market.assets[number]);
    let (rate, scale) = (7_984, 100_000);
    let swap =
        stage.node.with(|chain| SwapPool::new(&mut chain.world, &from.mint, &to.mint, rate, scale, 1_000_000_000_000));
    let keeper = stage.key().pubkey();
    let listener = listener().await;
    let url = format!("http://{}/swap/v1", listener.local_addr().expect("bound"));
    let node: Node = stage.node.clone();
    let (mint_in, mint_out) = (from.mint.to_string(), to.mint.to_string());
    let quote = async move |RawQuery(query): RawQuery| {
        let query = query.expect("a query");
        assert!(query.contains(&format!("inputMint={mint_in}&outputMint={mint_out}")), "{query}");
        let amount = query.split("amount=").nth(1).and_then(|rest| rest.split('&').next()).expect("an amount");
        let out = amount.parse::<u128>().expect("a number") * u128::from(rate) / u128::from(scale);
        let slot = node.with(|chain| chain.world.slot());
        Json(json!({ "inAmount": amount, "outAmount": out.to_string(), "contextSlot": slot, "swapMode": "ExactIn" }))
    };
    let instructions = async move |body: Bytes| {
        let asked: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!((&asked["userPublicKey"], &asked["wrapAndUnwrapSol"]), (&keeper.to_string().into(), &false.into()));
        let amount = asked["quoteResponse"]["inAmount"].as_str().expect("text").parse().expect("a number");
        let tokens = [&from, &to].map(|asset| token_address(&keeper, &asset.mint, &asset.token_program));
        let swap = swap.swap_ix(&keeper, tokens[0], tokens[1], amount);
        let accounts = swap.accounts.iter().map(|meta| {
            json!({ "pubkey": meta.pubkey.to_string(), "isSigner": meta.is_signer, "isWritable": meta.is_writable })
        });
        let instruction = json!({
            "programId": swap.program_id.to_string(), "accounts": accounts.collect::<Vec<_>>(),
            "data": BASE64_STANDARD.encode(&swap.data),
        });
        Json(json!({ "swapInstruction": instruction, "setupInstructions": [], "addressLookupTableAddresses": [] }))
    };
    let router =
        Router::new().route("/swap/v1/quote", get(quote)).route("/swap/v1/swap-instructions", post(instructions));
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn the_seizure_is_sold_and_the_flash_loan_repaid() {
    let stage = Stage::with_tokens(0).await;
    let url = serve(&stage).await;
    let programs = format!("programs = [\"{}\"]", ballast_testkit::programs::STAGE_ID);
    stage.configure("rpc", &format!("[swap]\njupiter = \"{url}\"\n{programs}\nquote_ms = 300\n"));
    let keeper = stage.start("run");
    keeper.until_ready().await;
    let balances = |stage: &Stage| {
        let owner = stage.key().pubkey();
        let of = |asset: &ballast_testkit::ListedAsset| token_address(&owner, &asset.mint, &asset.token_program);
        let accounts: Vec<Address> = stage.market.assets.iter().map(of).collect();
        stage.node.with(|chain| accounts.iter().map(|account| chain.world.balance(account)).collect::<Vec<_>>())
    };
    assert_eq!(balances(&stage), [0, 0]);
    stage.crash();
    stage.until("a liquidation", |stage| stage.node.with(|chain| chain.liquidated() > 0)).await;
    let after = balances(&stage);
    assert!(after[1] > 0, "the bonus is left of the sale: {after:?}");
    println!("left in the keeper's accounts: {after:?} atoms");
}

/// The API belongs to someone else, so the configuration decides which programs it may have called.
#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_not_listed_is_not_called() {
    let stage = Stage::with_tokens(0).await;
    let url = serve(&stage).await;
    stage.configure("rpc", &format!("[swap]\njupiter = \"{url}\"\nquote_ms = 300\n"));
    let keeper = stage.start("run");
    keeper.until_ready().await;
    stage.crash();
    stage.until("a refusal", |stage| stage.log().contains("which is not in [swap] programs")).await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert_eq!(stage.node.with(|chain| chain.liquidated()), 0);
}

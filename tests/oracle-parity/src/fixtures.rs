//! Accounts of mainnet, from `shared/data/pyth` beside the repository; the variable `BALLAST_SHARED_DATA` names another
//! `data` folder. We may not distribute them. Without them the tests print a line and use synthesized accounts.

use crate::update::{PriceUpdate, Verification};
use anchor_lang::prelude::Address;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use pyth_sdk_solana::state::{AccountType, MAGIC, PriceStatus, PriceType, VERSION_2};
use pyth_solana_receiver_sdk::price_update::get_feed_id_from_hex;
use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{env, fs, io};

/// Published by Pyth.
const SOL_USD: &str = "ef0d8b6fda2ceba41da15d4095d1da392a0d2f8ed0c6c7bc0f4cfac8c280b56d";
const SOL_USD_ACCOUNT: Address = Address::from_str_const("7UVimffxr9ow1uXYxsr4LHAcV58mLzhmwaeKvJ1pjLiE");

pub const LEGACY_LEN: usize = 3_312;

/// The bytes of a price account, and its source's description of them.
pub struct Captured {
    pub name: String,
    pub bytes: Vec<u8>,
    pub documented: PriceUpdate,
}

/// A feed that Pyth keeps current, and its account.
pub struct Sponsored {
    pub feed_id: [u8; 32],
    pub account: Address,
}

/// A whole account, as `solana account` prints it.
pub struct Dump {
    pub address: Address,
    pub owner: Address,
    pub bytes: Vec<u8>,
}

static DATA: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
    if let Some(named) = env::var_os("BALLAST_SHARED_DATA") {
        let data = Path::new(&named).join("pyth");
        assert!(data.is_dir(), "BALLAST_SHARED_DATA is set, but {} is not a directory", data.display());
        return Some(data);
    }
    let outside = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).expect("a repository in a directory");
    let data = outside.join("shared/data/pyth");
    if data.is_dir() {
        return Some(data);
    }
    // Not `eprintln!`, which the test harness would capture.
    let line = format!("SKIPPED: Pyth's real accounts, not found at {}; using synthesized ones\n", data.display());
    io::stderr().write_all(line.as_bytes()).expect("stderr takes a line");
    None
});

pub fn are_real() -> bool {
    DATA.is_some()
}

/// Returns the captured accounts; never empty.
pub fn captured() -> Vec<Captured> {
    let Some(data) = &*DATA else {
        let documented = synthesized();
        return vec![Captured { name: "synthesized".into(), bytes: documented.account(), documented }];
    };
    let accounts = json(&data.join("real_price_update_v2_accounts.json"));
    accounts.as_array().expect("a list of accounts").iter().map(documented).collect()
}

/// Files that contain only an account's data.
pub fn binaries() -> Vec<Vec<u8>> {
    match &*DATA {
        Some(data) => ["pyth_push_sol_price.bin", "pyth_push_usdc_price.bin"].map(|name| read(&data.join(name))).into(),
        None => vec![synthesized().account()],
    }
}

/// SOL/USD.
pub fn dump() -> Dump {
    match &*DATA {
        Some(data) => dumped(&data.join("sol_pyth_price_feed.json")),
        None => Dump {
            address: SOL_USD_ACCOUNT,
            owner: Address::new_from_array(pyth_solana_receiver_sdk::ID.to_bytes()),
            bytes: synthesized().account(),
        },
    }
}

/// SOL/USD in the format that Pyth's first oracle on Solana wrote until August 2024.
pub fn legacy() -> Vec<u8> {
    match &*DATA {
        Some(data) => dumped(&data.join("legacy_SOLUSD_H6ARHf6Y_2024-11-02.json")).bytes,
        None => synthesized_legacy(),
    }
}

pub fn sponsored() -> Vec<Sponsored> {
    let Some(data) = &*DATA else {
        return vec![Sponsored { feed_id: feed_id(SOL_USD), account: SOL_USD_ACCOUNT }];
    };
    let list = json(&data.join("sponsored_feeds_solana_mainnet_2026-07-23.json"));
    let sponsored = |feed: &Value| {
        let (id, account) = (&feed["id"], &feed["account_address"]);
        Sponsored { feed_id: feed_id(text(id)), account: address(account) }
    };
    list["feeds"].as_array().expect("a list of feeds").iter().map(sponsored).collect()
}

fn synthesized() -> PriceUpdate {
    PriceUpdate {
        write_authority: SOL_USD_ACCOUNT.to_bytes(),
        verification: Verification::Full,
        feed_id: feed_id(SOL_USD),
        spot: 11_862_164_451,
        confidence: 3_335_799,
        exponent: -8,
        publish_time: 1_790_000_000,
        previous_publish_time: 1_789_999_999,
        ema: 11_871_955_320,
        ema_confidence: 2_530_658,
        posted_slot: 450_000_000,
    }
}

/// Writes field by field, because Rust does not let us read the padding of the old SDK's struct.
fn synthesized_legacy() -> Vec<u8> {
    let mut bytes = vec![0; LEGACY_LEN];
    let mut put = |offset: usize, field: &[u8]| bytes[offset..][..field.len()].copy_from_slice(field);
    put(0, &MAGIC.to_le_bytes());
    put(4, &VERSION_2.to_le_bytes());
    put(8, &(AccountType::Price as u32).to_le_bytes());
    put(16, &(PriceType::Price as u32).to_le_bytes());
    put(20, &(-8i32).to_le_bytes());
    put(48, &12_068_220_500i64.to_le_bytes());
    put(72, &13_079_402i64.to_le_bytes());
    put(96, &1_730_534_860i64.to_le_bytes());
    for (price_at, confidence_at) in [(184, 192), (208, 216)] {
        put(price_at, &11_923_378_000i64.to_le_bytes());
        put(confidence_at, &16_676_631u64.to_le_bytes());
    }
    put(200, &1_722_852_532i64.to_le_bytes());
    put(224, &(PriceStatus::Unknown as u32).to_le_bytes());
    bytes
}

fn documented(account: &Value) -> Captured {
    let signed = |key: &str| account[key].as_i64().expect("a signed number");
    let unsigned = |key: &str| account[key].as_u64().expect("an unsigned number");
    assert_eq!(unsigned("tag"), 1, "the captured accounts are fully verified");
    let documented = PriceUpdate {
        write_authority: address(&account["write_authority"]).to_bytes(),
        verification: Verification::Full,
        feed_id: feed_id(text(&account["feed"])),
        spot: signed("price"),
        confidence: unsigned("conf"),
        exponent: signed("exponent").try_into().expect("an i32"),
        publish_time: signed("publish_time"),
        previous_publish_time: signed("prev_publish_time"),
        ema: signed("ema_price"),
        ema_confidence: unsigned("ema_conf"),
        posted_slot: unsigned("posted_slot"),
    };
    Captured { name: text(&account["name"]).into(), bytes: base64(&account["data_base64"]), documented }
}

fn dumped(path: &Path) -> Dump {
    let dump = json(path);
    let account = &dump["account"];
    Dump { address: address(&dump["pubkey"]), owner: address(&account["owner"]), bytes: base64(&account["data"][0]) }
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&read(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

fn base64(value: &Value) -> Vec<u8> {
    BASE64_STANDARD.decode(text(value)).expect("base64")
}

fn address(value: &Value) -> Address {
    Address::from_str_const(text(value))
}

fn feed_id(hex: &str) -> [u8; 32] {
    get_feed_id_from_hex(hex).expect("a feed id in hexadecimal")
}

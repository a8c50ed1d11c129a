//! Everything that a campaign knows of the chain: all of the program's accounts, all tokens, prices and the clock.

use crate::arena::{ASSETS, Arena, USERS};
use anchor_lang::prelude::Address;
use ballast::state::{Change, Config, Obligation, Reserve};
use ballast_core::price::RawPrice;
use std::collections::BTreeMap;

/// How many changes may be queued at a time.
pub const CHANGES: u64 = 6;

#[derive(Clone)]
pub struct State {
    pub config: Config,
    pub reserves: Vec<Reserve>,
    pub obligations: Vec<Obligation>,
    pub changes: BTreeMap<u64, Change>,
    pub prices: Vec<RawPrice>,
    pub now: i64,
    pub slot: u64,
    pub tokens: Tokens,
    /// The addresses that sign for users, and the market's.
    pub users: Vec<Address>,
    pub market: Address,
}

/// Who holds which tokens, in atoms and shares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    pub wallets: [[u64; ASSETS]; USERS],
    pub vouchers: [[u64; ASSETS]; USERS],
    pub voucher_supply: [u64; ASSETS],
    pub vaults: [u64; ASSETS],
    /// The tokens of the fee receiver.
    pub fees: [u64; ASSETS],
}

impl State {
    pub fn read(arena: &Arena) -> Self {
        let Arena { world, market, .. } = arena;
        let change = |number| {
            let address = ballast::seeds::change_address(&market.config, number);
            (!world.get(&address).data.is_empty()).then(|| (number, market.change(world, number)))
        };
        Self {
            config: market.state(world),
            reserves: (0..ASSETS).map(|asset| market.reserve(world, asset)).collect(),
            obligations: arena.seats.iter().map(|seat| world.read(&seat.address)).collect(),
            changes: (0..CHANGES).filter_map(change).collect(),
            prices: (0..ASSETS).map(|asset| market.price(world, asset)).collect(),
            now: world.now(),
            slot: world.slot(),
            tokens: Tokens::read(arena),
            users: arena.users.iter().map(ballast_testkit::User::address).collect(),
            market: market.config,
        }
    }

    /// What the chain holds now, given what it held: changes are looked for only where some may have come or gone.
    pub fn reread(&self, arena: &Arena) -> Self {
        let Arena { world, market, .. } = arena;
        Self {
            config: market.state(world),
            reserves: (0..ASSETS).map(|asset| market.reserve(world, asset)).collect(),
            obligations: arena.seats.iter().map(|seat| world.read(&seat.address)).collect(),
            prices: (0..ASSETS).map(|asset| market.price(world, asset)).collect(),
            now: world.now(),
            slot: world.slot(),
            tokens: Tokens::read(arena),
            ..self.clone()
        }
    }

    /// The assets of an obligation's positions, in slot order.
    pub fn assets_of(&self, seat: usize) -> Vec<usize> {
        let asset = |bytes: &[u8; 32]| self.reserves.iter().position(|reserve| reserve.pool.id.bytes == *bytes);
        let positions = self.obligations[seat].positions;
        positions.as_slice().iter().map(|position| asset(&position.reserve.bytes).expect("an asset")).collect()
    }

    /// What differs, byte by byte, in words for people.
    pub fn difference(&self, other: &Self) -> Option<String> {
        let bytes = |what: &str, n: usize, a: &[u8], b: &[u8]| {
            if a == b {
                return None;
            }
            let at = a.iter().zip(b).position(|(a, b)| a != b)?;
            Some(format!("{what} {n} differs from byte {at} on"))
        };
        let of = bytemuck::bytes_of::<Config>;
        let reserves = self.reserves.iter().zip(&other.reserves).enumerate();
        let obligations = self.obligations.iter().zip(&other.obligations).enumerate();
        bytes("config", 0, of(&self.config), of(&other.config))
            .or_else(|| {
                reserves.into_iter().find_map(|(n, (a, b))| {
                    let place = bytes("reserve", n, bytemuck::bytes_of(a), bytemuck::bytes_of(b))?;
                    Some(format!("{place}\nexpected {:?}\nfound {:?}", a.pool, b.pool))
                })
            })
            .or_else(|| {
                obligations.into_iter().find_map(|(n, (a, b))| {
                    let place = bytes("obligation", n, bytemuck::bytes_of(a), bytemuck::bytes_of(b))?;
                    let words = |it: &Obligation| format!("{:?} {:?}", it.call, it.positions.as_slice());
                    Some(format!("{place}\nexpected {}\nfound {}", words(a), words(b)))
                })
            })
            .or_else(|| {
                let same = self.changes.keys().eq(other.changes.keys())
                    && self
                        .changes
                        .values()
                        .zip(other.changes.values())
                        .all(|(a, b)| bytemuck::bytes_of(a) == bytemuck::bytes_of(b));
                (!same).then(|| "the queued changes differ".to_owned())
            })
            .or_else(|| {
                (self.tokens != other.tokens)
                    .then(|| format!("tokens differ\nexpected {:?}\nfound {:?}", self.tokens, other.tokens))
            })
    }
}

impl Tokens {
    fn read(arena: &Arena) -> Self {
        let Arena { world, market, users, vouchers, fees, .. } = arena;
        let per_asset = |balance: &dyn Fn(usize) -> u64| std::array::from_fn(balance);
        Self {
            wallets: std::array::from_fn(|user| per_asset(&|asset| users[user].balance(world, asset))),
            vouchers: std::array::from_fn(|user| per_asset(&|asset| world.balance(&vouchers[user][asset]))),
            voucher_supply: per_asset(&|asset| world.token_supply(&market.assets[asset].voucher_mint)),
            vaults: per_asset(&|asset| world.balance(&market.assets[asset].vault)),
            fees: per_asset(&|asset| world.balance(&fees[asset])),
        }
    }
}

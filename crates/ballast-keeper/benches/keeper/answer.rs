//! From the bytes of prices to the bytes of a signed transaction, through the whole engine.

use std::fs::File;
use std::path::Path;

use anchor_lang::Discriminator;
use anchor_lang::prelude::Address;
use ballast::oracle;
use ballast::state::{Config, MarketSettings, PriceSource, Reserve, VERSION};
use ballast_client::addresses::{CLOCK, PROGRAM, SPL_TOKEN};
use ballast_core::terms::LiquidationTerms;
use ballast_core::units::Wide;
use ballast_keeper::engine::Engine;
use ballast_keeper::event::{Fate, KeeperAction, KeeperEvent, ObservedAccount};
use ballast_keeper::setup::Setup;
use bytemuck::{Pod, Zeroable, bytes_of};

use super::clock::{clocked, report, report_both, resident, timed};
use super::{Dice, MOST_SLICES, NOW, RESERVES, SLOT, first_price, pool, raw};

const CONFIG: Address = Address::new_from_array([254; 32]);
/// The step of the logarithm of every collateral's price: half an obligation of a million crosses its line.
const STEP: f64 = 5e-7;
const STEPS: u64 = 2_000;
/// Steps before anything is timed.
const WARM: u64 = 100;
const FEED: u8 = 1;

/// The engine and the bench's chain.
struct Bench {
    engine: Engine,
    prices: Vec<f64>,
    slot: u64,
}

pub fn measure(file: &Path) {
    let mut dice = Dice(1);
    let prices = (0..RESERVES).map(|number| first_price(number, &mut dice)).collect::<Vec<_>>();
    let setup = Setup { refresh_secs: 0, least_flag_cents: 0, ..Setup::new(CONFIG.to_string()) };
    let snapshot = File::open(file).expect("a file");
    let engine = Engine::restore(setup, [7; 32], snapshot).expect("a snapshot");
    let mut bench = Bench { engine, prices, slot: SLOT + 1 };
    let mut news = bench.load();
    let (mut quiet, mut signed, mut several, mut tended) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for number in 0..STEPS {
        news.extend(bench.prices_of_next_slot());
        let (took, actions) = timed(|| bench.engine.step(&news));
        news.clear();
        for action in &actions {
            // Someone has repaid all of its debt and closed it.
            let KeeperAction::Send(send) = action else { continue };
            news.push(account(send.target, bench.slot + 1, PROGRAM, Vec::new()));
        }
        if number >= WARM {
            match actions.as_slice() {
                [] => quiet.push(took),
                [_] => signed.push(took),
                _ => several.push(took),
            }
        }
        // As the daemon does while no event waits. The next one may come at any time.
        for _ in 0..dice.next() % MOST_SLICES {
            let (took, is_more) = clocked(|| bench.engine.tend());
            if number >= WARM {
                tended.push(took);
            }
            if !is_more {
                break;
            }
        }
    }
    let status = bench.engine.status();
    assert!(signed.len() > 200, "{} signed: {status:#?}", signed.len());
    report("price to bytes", "28 prices in, signed transaction out; goal 300 us and 2 ms", &mut signed);
    report("price to some", "two transactions and more", &mut several);
    report("price to none", "28 prices in, nobody to liquidate", &mut quiet);
    let looked_at = status.looked_at;
    println!("               {} sent, {looked_at} looked at in the last step", status.sent["liquidate"]);
    report_both("index tended", "a slice after the actions of a step, on its thread; goal p99 1 ms", &tended);
    println!("               {} built, {} refined", status.index_builds, status.index_refines);
    println!("memory         resident with the engine: {} MB", resident("VmRSS"));
}

impl Bench {
    /// Loads everything except the obligations, which come from the snapshot.
    fn load(&mut self) -> Vec<KeeperEvent> {
        let mut events = vec![self.config()];
        events.extend((0..RESERVES).map(|number| self.reserve(number)));
        self.engine.step(&events);
        let keeper = self.engine.keeper();
        for wallet in self.engine.token_accounts() {
            // `0 mint | 32 owner | 64 amount | 108 state`
            let mut data = [wallet.mint.as_ref(), keeper.as_ref(), &(u64::MAX >> 4).to_le_bytes(), &[0; 93]].concat();
            data[108] = 1;
            self.engine.step(&[account(wallet.address, self.slot, SPL_TOKEN, data)]);
        }
        vec![KeeperEvent::Loaded]
    }

    fn config(&self) -> KeeperEvent {
        let terms = LiquidationTerms {
            base_bonus_bps: 100,
            health_slope_bps: 5_000,
            slot_step_centibps: 100,
            max_bonus_bps: 1_000,
            deep_step_centibps: 25,
            max_deep_bonus_bps: 3_000,
            deep_line_bps: 9_500,
            target_health_bps: 10_500,
            hard_line_bps: 10_000,
            warning_bps: 1_000,
            cure_slots: 0,
            relax_slots: 750,
            reserved: 0,
            dust_cents: 100,
        };
        let market = MarketSettings { terms, ..MarketSettings::zeroed() };
        let config = Config { version: VERSION, market, ..Config::zeroed() };
        account(CONFIG, self.slot, PROGRAM, stored(&config))
    }

    fn reserve(&self, number: u8) -> KeeperEvent {
        let mut pool = pool(number);
        pool.ledger.cash_atoms = 1 << 62;
        pool.ledger.supply_shares = 1 << 61;
        pool.ledger.debt_shares = Wide::new(1 << 93);
        let source = PriceSource { account: price_account(number), feed_id: [FEED; 32], receiver: 0 };
        let (config, mint) = (CONFIG, Address::new_from_array([64 + number; 32]));
        let reserve =
            Reserve { version: VERSION, config, mint, token_program: SPL_TOKEN, source, pool, ..Reserve::zeroed() };
        account(Address::from(pool.id.bytes), self.slot, PROGRAM, stored(&reserve))
    }

    /// All collaterals fall by a step.
    fn prices_of_next_slot(&mut self) -> Vec<KeeperEvent> {
        self.slot += 1;
        let slot = self.slot;
        let mut clock = vec![0; 40];
        clock[..8].copy_from_slice(&slot.to_le_bytes());
        clock[32..].copy_from_slice(&NOW.to_le_bytes());
        let mut events = vec![account(CLOCK, slot, Address::default(), clock)];
        for number in 0..RESERVES {
            let price = &mut self.prices[usize::from(number)];
            if number < super::COLLATERALS {
                *price *= (-STEP).exp();
            }
            let data = update(number, *price);
            events.push(account(price_account(number), slot, oracle::RECEIVERS[0].owner, data));
        }
        let hash = std::array::from_fn(|byte| slot.to_le_bytes()[byte % 8]);
        events.push(KeeperEvent::Blockhash { hash, slot, last_valid_height: slot });
        events.push(KeeperEvent::Slot(slot, Fate::Processed));
        events.push(KeeperEvent::Slot(slot - 32, Fate::Rooted));
        events
    }
}

fn price_account(number: u8) -> Address {
    super::price_account(number)
}

/// A fully verified update, as Pyth's receiver stores it.
fn update(number: u8, dollars: f64) -> Vec<u8> {
    let price = raw(dollars);
    let mut data = vec![0x22, 0xf1, 0x23, 0x63, 0x9d, 0x7e, 0xf4, 0xcd];
    data.extend(price_account(number).as_ref());
    data.push(1);
    data.extend([FEED; 32]);
    data.extend(price.spot.to_le_bytes());
    data.extend(price.confidence.to_le_bytes());
    data.extend(price.exponent.to_le_bytes());
    data.extend(price.publish_time.to_le_bytes());
    data.extend(price.publish_time.to_le_bytes());
    data.extend(price.ema.to_le_bytes());
    data.extend(price.ema_confidence.to_le_bytes());
    data.extend([0; 9]);
    data
}

fn stored<T: Pod + Discriminator>(state: &T) -> Vec<u8> {
    [T::DISCRIMINATOR, bytes_of(state)].concat()
}

fn account(address: Address, slot: u64, owner: Address, data: Vec<u8>) -> KeeperEvent {
    KeeperEvent::Account(ObservedAccount { address, slot, write_version: slot, owner, data })
}

//! Measures scan, index and engine at a million obligations of eight positions, for `cargo xtask bench keeper`.
//!
//! The program runs three times: the first run fills a market and saves it, the others start from the file, so that
//! their memory is that of a keeper, without what it took to generate a market.

mod answer;
mod clock;

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anchor_lang::prelude::Address;
use ballast_core::call::Call;
use ballast_core::pool::{Pool, ReserveId};
use ballast_core::positions::{Positions, Side};
use ballast_core::price::RawPrice;
use ballast_core::risk::RiskParams;
use ballast_core::settings::Settings;
use ballast_core::terms::LiquidationTerms;
use ballast_core::units::{Bps, DebtShares, SupplyShares};
use ballast_keeper::market::TrackedMarket;
use ballast_keeper::tick::Tick;
use ballast_keeper::tracked::Version;
use ballast_keeper::tracked::{AccountUpdate, TrackedObligation, TrackedValue};
use ballast_keeper::trigger::{SLICE, Trigger};
use bytemuck::Zeroable;
use clock::{Took, clocked, processor_secs, report, report_both, resident, timed};
use rayon::prelude::*;

const OBLIGATIONS: u64 = 1_000_000;
/// Numbers 0 to 19 are collaterals, 20 to 23 volatile debts, 24 to 27 stable ones.
const COLLATERALS: u8 = 20;
const RESERVES: u8 = 28;
const STABLES: u8 = 24;
const NOW: i64 = 1_800_000_000;
const SLOT: u64 = 400_000_000;
/// The digits of the price mantissas.
const DIGITS: i32 = 8;
const SLOT_SECS: f64 = 0.4;
const YEAR_SECS: f64 = 31_536_000.0;
/// The time between two ticks is random, below this many slices.
const MOST_SLICES: u64 = 1_024;

fn main() {
    // `cargo bench` adds flags of its own.
    let arguments = std::env::args().filter(|argument| !argument.starts_with("--")).collect::<Vec<_>>();
    match arguments.as_slice() {
        [_, what, file] if what == "engine" => answer::measure(Path::new(file)),
        [_, _, file] => measure(Path::new(file)),
        _ => {
            let parts = arguments.get(1..).unwrap_or_default();
            let file = std::env::temp_dir().join(format!("ballast-keeper-{}.snapshot", std::process::id()));
            fill(&file);
            let this = std::env::current_exe().expect("a path");
            let run = |what| Command::new(&this).arg(what).arg(&file).status().expect("a child");
            // `-- engine` measures that part alone.
            let parts =
                ["market", "engine"].into_iter().filter(|part| parts.is_empty() || parts.contains(&(*part).to_owned()));
            let codes = parts.map(run).map(|status| status.code().unwrap_or(1)).max();
            fs::remove_file(&file).expect("the file goes");
            std::process::exit(codes.unwrap_or(1));
        }
    }
}

fn fill(file: &Path) {
    let mut dice = Dice(1);
    let prices = (0..RESERVES).map(|number| first_price(number, &mut dice)).collect::<Vec<_>>();
    let mut market = market(TrackedMarket::new(SLOT), &prices);
    for _ in 0..OBLIGATIONS {
        let address = Address::new_from_array(std::array::from_fn(|_| dice.next() as u8));
        let obligation = obligation(&prices, &mut dice);
        market.load(&address, &TrackedValue::Obligation(Box::new(obligation))).expect("a sound obligation");
    }
    market.save(BufWriter::new(File::create(file).expect("a file"))).expect("saved");
}

fn measure(file: &Path) {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("{} cores, load {}", rayon::current_num_threads(), load.trim());
    let size = fs::metadata(file).expect("a file").len();
    let start = Instant::now();
    let market_read = TrackedMarket::restore(File::open(file).expect("a file")).expect("a snapshot");
    let cold = start.elapsed();
    let mut dice = Dice(1);
    let mut prices = (0..RESERVES).map(|number| first_price(number, &mut dice)).collect::<Vec<_>>();
    let mut market = market(market_read, &prices);
    let count = market.obligations().len();
    println!("{count} obligations of 8 positions, 5 of {COLLATERALS} collaterals and 3 of 8 debts");
    println!("cold start     from a file of {} MB: {:.2} s (goal 5 s)", size >> 20, cold.as_secs_f64());
    println!("memory         resident with the store: {} MB", resident("VmRSS"));

    let tick = Tick::new(&market, SLOT, NOW);
    let mut trigger = Trigger::default();
    let slices = tend_until_done(&mut trigger, &market, &tick);
    let built = slices.iter().map(|took| took.processor).sum::<Duration>();
    report_both("index tended", "the first build and refinement, a slice each", &slices);
    println!("               {:.0} ms of the processor in all", built.as_secs_f64() * 1e3);
    println!(
        "memory         resident with the index: {} MB (goal 150 MB), at most so far {} MB",
        resident("VmRSS"),
        resident("VmHWM")
    );

    let before = processor_secs();
    let mut scans = (0..100).map(|_| timed(|| tick.scan(market.obligations())).0).collect::<Vec<_>>();
    let processor = (processor_secs() - before) * 1e3 / 100.0;
    report("exact scan", "goal 10 ms on 2 idle cores", &mut scans);
    println!("               {processor:.1} ms of processor time each, all cores together");
    let mut exact = (0..3).map(|_| timed(|| by_core_alone(&market, &tick)).0).collect::<Vec<_>>();
    report("by core alone", "no goal", &mut exact);
    println!("               ratio of the medians {:.0}", exact[1].as_secs_f64() / scans[50].as_secs_f64());

    let calm = Weather { name: "80 % a year", yearly: 0.8, drop: 0.0, ticks: 2_000 };
    let wild = Weather { name: "400 % a year", yearly: 4.0, drop: 0.0, ticks: 1_000 };
    let crash = Weather { name: "-20 % in 240 s", yearly: 0.8, drop: 0.2, ticks: 600 };
    for weather in [calm, wild, crash] {
        run(&weather, &mut market, &mut trigger, &mut prices, &mut dice);
    }
}

/// How prices move.
struct Weather {
    name: &'static str,
    yearly: f64,
    /// The fall of every collateral over all ticks.
    drop: f64,
    ticks: u32,
}

/// The measurements of one weather.
#[derive(Default)]
struct Times {
    lists: Vec<Took>,
    slices: Vec<Took>,
    /// From prices that arrive just as a slice begins, or while nothing is to do, to the list.
    answers: Vec<Took>,
}

fn run(weather: &Weather, market: &mut TrackedMarket, trigger: &mut Trigger, prices: &mut [f64], dice: &mut Dice) {
    let (mut times, mut efforts) = (Times::default(), Vec::new());
    let (mut found, mut missed, mut wrong, mut compared) = (0, 0, 0, 0);
    let (builds, refines) = (trigger.builds, trigger.refines);
    let mut waited = Took::default();
    for number in 0..weather.ticks {
        step(weather, prices, dice);
        set_prices(market, prices);
        // From the market as it is to the list: quotes and units of every reserve, the index, core's verdicts.
        let (took, (tick, rows)) = clocked(|| {
            let tick = Tick::new(market, SLOT, NOW);
            let rows = trigger.below(market.obligations(), &tick);
            (tick, rows)
        });
        times.lists.push(took);
        times.answers.push(waited + took);
        efforts.push(trigger.effort(market.obligations(), tick.units()));
        found += rows.len();
        if number % 100 == 0 {
            let all = by_core_alone(market, &tick);
            missed += all.iter().filter(|row| rows.binary_search(row).is_err()).count();
            wrong += rows.iter().filter(|row| all.binary_search(row).is_err()).count();
            compared += 1;
        }
        act(market, &tick, &rows);
        market.take_changed().into_iter().for_each(|row| trigger.mark_dirty(row));
        let slices = tend_for(dice.next() % MOST_SLICES, trigger, market, &tick);
        waited = if slices.is_done { Took::default() } else { slices.took.last().copied().unwrap_or_default() };
        times.slices.extend(slices.took);
    }
    report_both("tick to list", &format!("goal 25 us and 1 ms; {}", weather.name), &times.lists);
    report_both("price to list", "as a slice begins, whose time it waits; goal p99 1 ms", &times.answers);
    efforts.sort_unstable();
    let looked = efforts[efforts.len() / 2];
    println!("               {} ticks, {found} found, median of {looked} looked at", weather.ticks);
    println!("               of {compared} compared with core alone: {missed} missed, {wrong} wrong (goal 0)");
    report_both("index tended", "a slice between ticks; goal p99 1 ms, longest 2 ms", &times.slices);
    println!("               {} built, {} refined", trigger.builds - builds, trigger.refines - refines);
}

/// The slices between two ticks.
struct Slices {
    took: Vec<Took>,
    is_done: bool,
}

/// Tends as the daemon does while no event waits, for at most this many slices.
fn tend_for(most: u64, trigger: &mut Trigger, market: &TrackedMarket, tick: &Tick) -> Slices {
    let mut slices = Slices { took: Vec::new(), is_done: false };
    while !slices.is_done && (slices.took.len() as u64) < most {
        let (took, is_more) = clocked(|| trigger.tend(market.obligations(), tick, SLICE));
        slices.is_done = !is_more;
        slices.took.push(took);
    }
    slices
}

fn tend_until_done(trigger: &mut Trigger, market: &TrackedMarket, tick: &Tick) -> Vec<Took> {
    tend_for(u64::MAX, trigger, market, tick).took
}

/// Scans every obligation with core alone.
fn by_core_alone(market: &TrackedMarket, tick: &Tick) -> Vec<u32> {
    let store = market.obligations();
    let rows = (0..store.columns().kinds.len() as u32).into_par_iter();
    rows.filter(|row| tick.is_below(store, *row) == Ok(true)).collect()
}

/// Records due warnings, and halves the debts of obligations below the call line.
fn act(market: &mut TrackedMarket, tick: &Tick, rows: &[u32]) {
    for row in rows {
        let store = market.obligations();
        let (address, mut obligation) = (*store.address(*row), store.obligation(*row));
        let health = tick.totals(store.holdings(*row)).expect("priced").maintenance;
        obligation.call.warned = 1;
        if !health.covers_debt() {
            let debts = obligation.positions.as_slice().iter().filter(|position| position.side() == Side::Debt);
            for debt in debts.copied().collect::<Vec<_>>() {
                let half = DebtShares(debt.shares.get() / 2);
                obligation.positions.remove_debt(&debt.reserve, half).expect("half of it");
            }
        }
        market.load(&address, &TrackedValue::Obligation(Box::new(obligation))).expect("a sound obligation");
    }
}

fn step(weather: &Weather, prices: &mut [f64], dice: &mut Dice) {
    let deviation = weather.yearly * (SLOT_SECS / YEAR_SECS).sqrt();
    for (price, number) in prices.iter_mut().zip(0..) {
        let drift = if number < COLLATERALS { (1.0 - weather.drop).ln() / f64::from(weather.ticks) } else { 0.0 };
        let calm = if number < STABLES { 1.0 } else { 0.02 };
        *price *= (drift + calm * deviation * dice.normal()).exp();
    }
}

fn set_prices(market: &mut TrackedMarket, prices: &[f64]) {
    for (price, number) in prices.iter().zip(0..) {
        market.load(&price_account(number), &TrackedValue::Price(raw(*price))).expect("a price");
    }
}

fn market(mut market: TrackedMarket, prices: &[f64]) -> TrackedMarket {
    for number in 0..RESERVES {
        let pool = pool(number);
        let version = Version { slot: SLOT + 1, write_version: u64::from(number) };
        let value = Some(TrackedValue::Reserve(Box::new(pool), price_account(number)));
        market.apply(&AccountUpdate { account: Address::from(pool.id.bytes), version, value }).expect("a reserve");
    }
    market.load(&Address::new_from_array([254; 32]), &TrackedValue::Terms(LiquidationTerms::zeroed())).expect("terms");
    set_prices(&mut market, prices);
    market
}

fn pool(number: u8) -> Pool {
    let mut pool = Pool::new(id(number), number, 6, NOW).expect("a pool");
    pool.settings = Settings { risk: RISK, ..Settings::CLOSED };
    pool.settings.guard.max_age_liquidation_secs = 300;
    pool.ledger.supply_index.low = u64::MAX / 50 * u64::from(number);
    pool
}

const RISK: RiskParams = RiskParams {
    ltv_bps: 7_500,
    liquidation_threshold_bps: 8_000,
    borrow_factor_bps: 10_000,
    reserve_factor_bps: 1_000,
    origination_fee_bps: 0,
    insurance_share_bps: 0,
    insurance_target_bps: 0,
    flash_fee_bps: 0,
};

/// The logarithm of the health is spread evenly over 0 to 1: one in a hundred is within one percent of its line.
fn obligation(prices: &[f64], dice: &mut Dice) -> TrackedObligation {
    let mut positions = Positions::zeroed();
    let index = |number: u8| 1.0 + f64::from(number) / 50.0;
    let mut limit = 0.0;
    while positions.len < 5 {
        let number = (dice.next() % u64::from(COLLATERALS)) as u8;
        let value = (dice.uniform() * 8.0).exp() * 10.0;
        let shares = SupplyShares((value / prices[usize::from(number)] / index(number) * 1e6) as u64 + 1);
        if !positions.holds(&id(number)) && positions.add_collateral(&id(number), shares).is_ok() {
            limit += 0.8 * shares.0 as f64 / 1e6 * index(number) * prices[usize::from(number)];
        }
    }
    let health = dice.uniform();
    while positions.len < 8 {
        let number = COLLATERALS + (dice.next() % u64::from(RESERVES - COLLATERALS)) as u8;
        let atoms = limit / health.exp() / 3.0 / prices[usize::from(number)] * 1e6;
        if !positions.holds(&id(number)) {
            let shares = DebtShares((atoms * 4_294_967_296.0) as u128 + 1);
            positions.add_debt(&id(number), shares).expect("a debt");
        }
    }
    let call = Call { warned: u64::from(health < 0.1), ..Call::default() };
    TrackedObligation { positions, call, target: Bps(10_500), warning: Bps(1_000) }
}

fn id(number: u8) -> ReserveId {
    ReserveId { bytes: [number + 1; 32] }
}

fn price_account(number: u8) -> Address {
    Address::new_from_array([128 + number; 32])
}

fn first_price(number: u8, dice: &mut Dice) -> f64 {
    if number < STABLES { (dice.uniform() * 16.0 - 5.0).exp() } else { 1.0 }
}

fn raw(price: f64) -> RawPrice {
    let spot = (price * 10f64.powi(DIGITS)) as i64;
    RawPrice {
        spot,
        confidence: 0,
        ema: spot,
        ema_confidence: 0,
        exponent: -DIGITS,
        publish_time: NOW,
        previous_publish_time: NOW,
    }
}

/// SplitMix64: the same market every time.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Box and Muller.
    fn normal(&mut self) -> f64 {
        (-2.0 * (1.0 - self.uniform()).ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

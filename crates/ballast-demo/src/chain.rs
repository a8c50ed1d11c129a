//! The World with a memory: what each instruction cost, and which tokens moved according to its event.

use anyhow::{Result, anyhow};
use ballast::event::{Borrowed, Deposited, Liquidated, Repaid, Withdrawn};
use ballast_client::instructions::Instruction;
use ballast_testkit::programs::program_path;
use ballast_testkit::{Failure, Receipt, User, World};
use solana_address::Address;
use solana_keypair::Keypair;
use std::collections::BTreeMap;

pub struct DemoChain {
    pub world: World,
    /// Compute units of every successful instruction, by name.
    pub spent: BTreeMap<&'static str, Vec<u64>>,
    pub movements: Vec<Movement>,
    /// The reserves whose suppliers bore a loss, once per write-off.
    pub haircuts: Vec<Address>,
}

/// Tokens and supply shares that moved, according to an event.
pub struct Movement {
    pub reserve: Address,
    /// The wallet's owner, or the owner's obligation.
    pub who: Address,
    /// Negative if the tokens leave the vault.
    pub into_vault: i128,
    pub supply_shares: i128,
}

impl DemoChain {
    /// Starts an empty chain with the program deployed.
    pub fn start() -> Result<Self> {
        let program = program_path();
        if !program.is_file() {
            return Err(anyhow!("{} does not exist; run `cargo xtask build`", program.display()));
        }
        Ok(Self { world: World::new(), spent: BTreeMap::new(), movements: Vec::new(), haircuts: Vec::new() })
    }

    /// Sends one instruction and records what it did.
    pub fn send(&mut self, name: &'static str, what: Instruction, signer: &User) -> Result<Receipt, Failure> {
        self.send_as(name, what, &signer.key)
    }

    pub fn send_as(&mut self, name: &'static str, what: Instruction, key: &Keypair) -> Result<Receipt, Failure> {
        let receipt = self.world.send(&[what], &[key])?;
        self.spent.entry(name).or_default().push(receipt.compute_units);
        self.record(&receipt);
        Ok(receipt)
    }

    /// The movements come from the events alone; [`crate::proof`] compares them with the accounts.
    fn record(&mut self, receipt: &Receipt) {
        let mut moved = |reserve, who, into_vault, supply_shares| {
            self.movements.push(Movement { reserve, who, into_vault, supply_shares });
        };
        for e in receipt.events::<Deposited>() {
            moved(e.reserve, e.obligation, i128::from(e.amount_atoms), i128::from(e.supply_shares));
        }
        for e in receipt.events::<Withdrawn>() {
            moved(e.reserve, e.obligation, -i128::from(e.amount_atoms), -i128::from(e.supply_shares));
        }
        for e in receipt.events::<Borrowed>() {
            moved(e.reserve, e.obligation, -i128::from(e.amount_atoms), 0);
        }
        for e in receipt.events::<Repaid>() {
            moved(e.reserve, e.payer, i128::from(e.amount_atoms), 0);
        }
        for e in receipt.events::<Liquidated>() {
            moved(e.debt_reserve, e.liquidator, i128::from(e.repaid_atoms) + i128::from(e.premium_atoms), 0);
            moved(e.collateral_reserve, e.liquidator, -i128::from(e.seized_atoms), -i128::from(e.supply_shares));
            if e.loss_suppliers_atoms > 0 {
                self.haircuts.push(e.debt_reserve);
            }
        }
    }
}

/// An error for a refusal that the scenario does not expect, with the last lines of the log.
pub fn unexpected(who: &str, what: &str, failure: &Failure) -> anyhow::Error {
    let last: Vec<_> = failure.logs.iter().rev().take(3).rev().map(|line| format!("\n  {line}")).collect();
    anyhow!("{who}: {what} was refused: {:?}{}", failure.error, last.concat())
}

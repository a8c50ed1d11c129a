//! The command line of Ballast.
//!
//! Reading order: [`args`] (what can be asked and done), [`answer`] (how it is answered), then a file per noun that looks: [`market`],
//! [`reserve`], [`obligation`], [`price`], [`change`], and [`plan`], which compares a configuration file with the chain. What acts goes
//! one way, [`act`]: [`user`] says what an owner does, [`wallet`] what that needs around it, [`effect`] what it would do, [`signing`] who
//! signs.

pub mod act;
pub mod answer;
pub mod args;
pub mod change;
pub mod effect;
pub mod figures;
pub mod market;
pub mod obligation;
pub mod plan;
pub mod price;
pub mod quantity;
pub mod reserve;
pub mod settings;
pub mod signing;
pub mod user;
pub mod wallet;

use answer::{Answer, Failure};
use args::{Command, Config, Noun, Obligation, Price, Reserve};
use ballast_client::Snapshot;
use solana_rpc_client::rpc_client::RpcClient;

/// What the command asks or does, by a node.
pub fn answer(command: &Command, node: &RpcClient) -> Result<Answer, Failure> {
    let read = |of: &args::Market| Snapshot::read(node, &of.market).map_err(Failure::from);
    match &command.noun {
        Noun::Market(args::MarketCommand::Show(of)) => Answer::new(market::show(&read(of)?)),
        Noun::Reserve(Reserve::List(of)) => Answer::new(reserve::list(&read(of)?)),
        Noun::Reserve(Reserve::Show { of, reserve }) => Answer::new(reserve::show(&read(of)?, reserve)?),
        Noun::Obligation(Obligation::List { of, unhealthy }) => {
            let market = read(of)?;
            let all = market.obligations(node)?;
            Answer::new(obligation::list(
                &market,
                &all,
                if *unhealthy { obligation::Which::Unhealthy } else { obligation::Which::All },
            ))
        }
        Noun::Obligation(Obligation::Show { of, which }) => {
            let market = read(of)?;
            let obligation = market.obligation(node, &which.address(&of.market)?)?;
            Answer::new(obligation::show(&market, &obligation))
        }
        Noun::Price(Price::Show { of, reserve }) => Answer::new(price::show(&read(of)?, reserve.as_ref())?),
        Noun::Change(args::Change::List(of)) => {
            let market = read(of)?;
            let queued = market.changes(node)?;
            Answer::new(change::list(&market, &queued))
        }
        Noun::Config(Config::Plan { file }) => plan::answer(node, file),
        Noun::Deposit(movement) => Answer::new(user::deposit(node, movement)?),
        Noun::Withdraw(movement) => Answer::new(user::withdraw(node, movement)?),
        Noun::Borrow(movement) => Answer::new(user::borrow(node, movement)?),
        Noun::Repay(movement) => Answer::new(user::repay(node, movement)?),
        Noun::Completions { shell } => Ok(Answer::completions(*shell)),
    }
}

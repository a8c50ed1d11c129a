//! The command line of Ballast.
//!
//! Reading order: [`args`] (what can be asked and done), [`answer`] (how it is answered), then a file per noun that looks: [`market`],
//! [`reserve`], [`obligation`], [`price`], [`change`], and [`plan`], which compares a configuration file with the chain. What acts goes
//! one way, [`act`]: [`user`] says what an owner does, [`wallet`] what that needs around it, [`effect`] what it would do, [`signing`] who
//! signs; [`apply`] does a plan's steps, which are a [`deed`] each, and [`admin`] what authority and guardian do at once.
//! [`report`] tells the program's [`event`]s.

pub mod act;
pub mod admin;
pub mod answer;
pub mod apply;
pub mod args;
pub mod change;
pub mod deed;
pub mod effect;
pub mod event;
pub mod figures;
pub mod market;
pub mod obligation;
pub mod plan;
pub mod price;
pub mod quantity;
pub mod report;
pub mod reserve;
pub mod settings;
pub mod signing;
pub mod user;
pub mod wallet;

use answer::{Answer, Failure};
use args::{Command, Config, MarketCommand, Noun, Obligation, Price, Reserve};
use ballast_client::Snapshot;
use solana_rpc_client::rpc_client::RpcClient;

/// What the command asks or does, by a node.
pub fn answer(command: &Command, node: &RpcClient) -> Result<Answer, Failure> {
    let read = |of: &args::Market| Snapshot::read(node, &of.market).map_err(Failure::from);
    match &command.noun {
        Noun::Market(MarketCommand::Show(of)) => Answer::new(market::show(&read(of)?)),
        Noun::Market(MarketCommand::HandOver { to, admin }) => Answer::new(admin::hand_over(node, to, admin)?),
        Noun::Market(MarketCommand::Accept(admin)) => Answer::new(admin::accept(node, admin)?),
        Noun::Reserve(Reserve::List(of)) => Answer::new(reserve::list(&read(of)?)),
        Noun::Reserve(Reserve::Show { of, reserve }) => Answer::new(reserve::show(&read(of)?, reserve)?),
        Noun::Reserve(Reserve::Tighten(args)) => Answer::new(admin::tighten(node, args)?),
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
        Noun::Change(args::Change::Execute { change, admin }) => Answer::new(admin::execute(node, change, admin)?),
        Noun::Change(args::Change::Cancel { change, admin }) => Answer::new(admin::cancel(node, change, admin)?),
        Noun::Config(Config::Plan { file }) => plan::answer(node, file),
        Noun::Config(Config::Init(args)) => apply::init(node, args),
        Noun::Config(Config::Apply(args)) => apply::apply(node, args),
        Noun::Pause(args) => Answer::new(admin::pause(node, args)?),
        Noun::Deposit(movement) => Answer::new(user::deposit(node, movement)?),
        Noun::Withdraw(movement) => Answer::new(user::withdraw(node, movement)?),
        Noun::Borrow(movement) => Answer::new(user::borrow(node, movement)?),
        Noun::Repay(movement) => Answer::new(user::repay(node, movement)?),
        Noun::Report(args) => report::answer(node, args),
        Noun::Completions { shell } => Ok(Answer::completions(*shell)),
    }
}

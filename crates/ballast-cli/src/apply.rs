//! `config init` and `config apply`: a plan's first step that is due, then a new plan, until nothing is due. Whatever interrupts it, the
//! chain is all that it remembers, so that it goes on where it was.

use crate::act::{Act, Done};
use crate::answer::{Answer, Failure};
use crate::args::Applied as Args;
use crate::deed::Deed;
use crate::plan::{self, Plan, Step};
use crate::signing::Signer;
use ballast_config::MarketFile;
use serde::Serialize;
use solana_rpc_client::rpc_client::RpcClient;
use std::fmt;
use std::time::Duration;

/// What was done, and what is left.
#[derive(Serialize)]
pub struct Applied {
    pub done: Vec<Done>,
    pub left: Plan,
}

/// How often and how long to ask a node that does not show yet what has been done.
const TRIES: usize = 40;
const PAUSE: Duration = Duration::from_millis(500);

/// Opens the market; nothing else.
pub fn init(node: &RpcClient, args: &Args) -> Result<Answer, Failure> {
    let file = MarketFile::read(&args.file)?;
    let plan = plan::read(node, &file)?;
    let opening = plan.steps.iter().find(|step| matches!(step.deed, Deed::Init { .. }));
    let done = match opening {
        None => Vec::new(),
        Some(step) => {
            let signer = args.signing.signer()?;
            if signer.address != file.market.creator {
                let said = format!("the file's creator is {}, and {} signs", file.market.creator, signer.address);
                return Err(Failure::Input(said, "the market's address follows from its creator: let him sign"));
            }
            args.consent.given(&args.signing, &format!("open the market {}", plan.market))?;
            vec![act(step, &plan, &signer).perform(node, &args.signing, &signer)?]
        }
    };
    let left = if args.signing.sends() { after(node, &file, opening)? } else { plan };
    Answer::new(Applied { done, left })
}

pub fn apply(node: &RpcClient, args: &Args) -> Result<Answer, Failure> {
    let file = MarketFile::read(&args.file)?;
    let mut plan = plan::read(node, &file)?;
    if plan.steps.iter().any(|step| matches!(step.deed, Deed::Init { .. })) {
        let said = format!("the market {} does not exist", plan.market);
        return Err(Failure::Input(said, "`ballast config init` opens it, with the same --file"));
    }
    let mut done = Vec::new();
    // A file is applied as a whole: what is refused in it has to be mended first.
    if plan.status() == Answer::DONE && plan.due().is_some() {
        let signer = args.signing.signer()?;
        args.consent.given(&args.signing, &format!("{plan}\ndo what is due of this"))?;
        while let Some(step) = plan.due() {
            done.push(act(step, &plan, &signer).perform(node, &args.signing, &signer)?);
            if !args.signing.sends() {
                break;
            }
            // Told at once: what comes next may fail.
            eprintln!("{} of {}: done", step.instruction, step.of);
            plan = after(node, &file, Some(step))?;
        }
    }
    let status = plan.status();
    Ok(Answer { status, ..Answer::new(Applied { done, left: plan })? })
}

fn act(step: &Step, plan: &Plan, signer: &Signer) -> Act {
    let what = format!("{} of {}", step.instruction, step.of);
    let market = plan.market.parse().unwrap_or_default();
    Act::new(what, step.deed.build(&signer.address, &market).into_iter().collect())
}

/// The plan once the chain shows that a step was taken: a node may be behind the one that has confirmed it.
fn after(node: &RpcClient, file: &MarketFile, taken: Option<&Step>) -> Result<Plan, Failure> {
    let is = |a: &Step, b: &Step| (&a.of, a.instruction, &a.fields) == (&b.of, b.instruction, &b.fields);
    for _ in 0..TRIES {
        let plan = plan::read(node, file)?;
        let due = plan.due();
        if !taken.is_some_and(|taken| due.is_some_and(|due| is(due, taken))) {
            return Ok(plan);
        }
        std::thread::sleep(PAUSE);
    }
    let said = "the last step was confirmed, and the node does not show it yet".to_owned();
    Err(Failure::Unsettled(said, "run it again in a moment: it goes on where it was"))
}

impl fmt::Display for Applied {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.done.iter().try_for_each(|done| write!(f, "{done}"))?;
        if !self.done.is_empty() {
            writeln!(f)?;
        }
        write!(f, "{}", self.left)
    }
}

//! `config init` and `config apply`: do the first step of the plan that is due, make a new plan, and repeat until no
//! step is due. The chain is the only memory, so an interrupted run continues where it stopped.

use crate::answer::{Answer, CommandError};
use crate::args::ApplyArgs;
use crate::plan::{self, ConfigPlan, PlanStep};
use crate::signing::WalletSigner;
use crate::step::StepAction;
use crate::transaction::{TransactionDraft, TransactionOutcome};
use ballast_config::MarketFile;
use serde::Serialize;
use solana_rpc_client::rpc_client::RpcClient;
use std::fmt;
use std::time::Duration;

/// The steps that were done, and the plan for the rest.
#[derive(Serialize)]
pub struct ApplyOutcome {
    pub done: Vec<TransactionOutcome>,
    pub left: ConfigPlan,
}

/// How often to ask a node that does not show a confirmed step yet, and how long to wait between two questions.
const TRIES: usize = 40;
const PAUSE: Duration = Duration::from_millis(500);

/// Opens the market and does nothing else.
pub fn init(node: &RpcClient, args: &ApplyArgs) -> Result<Answer, CommandError> {
    let file = MarketFile::read(&args.file)?;
    let plan = plan::read(node, &file)?;
    let opening = plan.steps.iter().find(|step| matches!(step.action, StepAction::Init { .. }));
    let done = match opening {
        None => Vec::new(),
        Some(step) => {
            let signer = args.signing.signer()?;
            if signer.address != file.market.creator {
                let (creator, signer) = (file.market.creator, signer.address);
                return Err(CommandError::Input(
                    format!("the file names the creator {creator}, but {signer} signs"),
                    "sign with the creator's keypair; the market's address follows from its creator",
                ));
            }
            args.consent.given(&args.signing, &format!("open the market {}", plan.market))?;
            vec![draft(step, &plan, &signer).perform(node, &args.signing, &signer)?]
        }
    };
    let left = if args.signing.sends() { after(node, &file, opening)? } else { plan };
    Answer::new(ApplyOutcome { done, left })
}

pub fn apply(node: &RpcClient, args: &ApplyArgs) -> Result<Answer, CommandError> {
    let file = MarketFile::read(&args.file)?;
    let mut plan = plan::read(node, &file)?;
    if plan.steps.iter().any(|step| matches!(step.action, StepAction::Init { .. })) {
        let message = format!("the market {} does not exist", plan.market);
        return Err(CommandError::Input(message, "open it with `ballast config init` and the same --file"));
    }
    let mut done = Vec::new();
    // A file is applied as a whole: nothing is done while the program would refuse a part of it.
    if plan.status() == Answer::DONE && plan.due().is_some() {
        let signer = args.signing.signer()?;
        args.consent.given(&args.signing, &format!("{plan}\ndo the steps that are due"))?;
        while let Some(step) = plan.due() {
            done.push(draft(step, &plan, &signer).perform(node, &args.signing, &signer)?);
            if !args.signing.sends() {
                break;
            }
            // Reported at once, because the next step may fail.
            eprintln!("{} of {}: done", step.action.instruction(), step.of);
            plan = after(node, &file, Some(step))?;
        }
    }
    let status = plan.status();
    Ok(Answer { status, ..Answer::new(ApplyOutcome { done, left: plan })? })
}

fn draft(step: &PlanStep, plan: &ConfigPlan, signer: &WalletSigner) -> TransactionDraft {
    let what = format!("{} of {}", step.action.instruction(), step.of);
    TransactionDraft::new(what, step.action.build(&signer.address, &plan.market).into_iter().collect())
}

/// Returns the plan after a step. The node may be behind the one that confirmed the step, so this asks until the step
/// is gone.
fn after(node: &RpcClient, file: &MarketFile, taken: Option<&PlanStep>) -> Result<ConfigPlan, CommandError> {
    let key = |step: &PlanStep| (step.of.clone(), step.action.instruction(), step.fields.clone());
    for _ in 0..TRIES {
        let plan = plan::read(node, file)?;
        let is_shown = taken.is_none_or(|taken| plan.due().is_none_or(|due| key(due) != key(taken)));
        if is_shown {
            return Ok(plan);
        }
        std::thread::sleep(PAUSE);
    }
    let message = "the last step was confirmed, but the node does not show it yet".to_owned();
    Err(CommandError::Unsettled(message, "run the command again in a moment; it continues where it stopped"))
}

impl fmt::Display for ApplyOutcome {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.done.iter().try_for_each(|done| write!(f, "{done}"))?;
        if !self.done.is_empty() {
            writeln!(f)?;
        }
        write!(f, "{}", self.left)
    }
}

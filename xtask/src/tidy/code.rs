//! Laws about syntax. Core and program: nothing that panics, no silent casts, no bool parameters. Everywhere: functions that fit a
//! screen.

use std::path::Path;

use anyhow::{Context, Result};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::{Checkout, Finding};

const LONGEST_FUNCTION: usize = 70;
const ON_CHAIN: [&str; 2] = ["programs/ballast/src", "crates/ballast-core/src"];
const EVERYWHERE: [&str; 5] = ["programs", "crates", "tests", "xtask", "toolchain"];

pub fn check(checkout: &Checkout) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for (path, text) in EVERYWHERE.iter().flat_map(|folder| checkout.rust(folder)) {
        let file = syn::parse_file(text).with_context(|| path.display().to_string())?;
        let on_chain = ON_CHAIN.iter().any(|folder| path.starts_with(folder));
        let mut reader = Reader { path, on_chain, findings: Vec::new() };
        reader.visit_file(&file);
        findings.extend(reader.findings);
    }
    Ok(findings)
}

struct Reader<'a> {
    path: &'a Path,
    on_chain: bool,
    findings: Vec<Finding>,
}

impl Reader<'_> {
    fn report(&mut self, node: &impl Spanned, law: impl Into<String>) {
        let place = format!("{}:{}", self.path.display(), node.span().start().line);
        self.findings.push(Finding::new(place, law));
    }

    fn function(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let lines = block.span().end().line - signature.span().start().line + 1;
        if lines > LONGEST_FUNCTION {
            self.report(signature, format!("a function of {lines} lines, {LONGEST_FUNCTION} at most"));
        }
        if self.on_chain && signature.inputs.iter().any(is_bool) {
            self.report(signature, "a parameter is a bool; name the two cases in an enum, or write two functions");
        }
    }
}

fn is_bool(argument: &syn::FnArg) -> bool {
    matches!(argument, syn::FnArg::Typed(typed) if matches!(&*typed.ty, syn::Type::Path(path) if path.path.is_ident("bool")))
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_expr_cast(&mut self, cast: &'ast syn::ExprCast) {
        if self.on_chain {
            self.report(cast, "`as` cuts silently; use From, TryFrom or math::narrow");
        }
        visit::visit_expr_cast(self, cast);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if self.on_chain && (call.method == "unwrap" || call.method == "expect") {
            self.report(call, format!("`{}` panics on chain; return a refusal", call.method));
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let panics = ["panic", "unreachable", "todo", "unimplemented", "assert", "assert_eq", "assert_ne"];
        if self.on_chain && panics.iter().any(|name| call.path.is_ident(name)) {
            self.report(call, "a panic on chain; return a refusal");
        }
        visit::visit_macro(self, call);
    }

    /// Constants are computed by the compiler: what panics there never reaches the chain.
    fn visit_item_const(&mut self, _: &'ast syn::ItemConst) {}
}

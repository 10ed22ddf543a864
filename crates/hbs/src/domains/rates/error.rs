use crate::error::{DomainError, FieldError, Member, Problem};
use serde_json::{Map, Value, json};
use utoipa::schema;

#[derive(Debug, thiserror::Error)]
pub enum RateError {
    #[error("There is a rate plan with this code already.")]
    PlanCodeTaken,
    #[error("There is a cancellation policy with this code already.")]
    PolicyCodeTaken,
    #[error("The plan is the default; make another one the default first.")]
    PlanIsDefault,
    #[error("The plan is in use: plans derived from it: {derived}; stays that have not ended: {stays}.")]
    PlanInUse { derived: usize, stays: i64 },
    #[error("The policy is in use by {0} rate plans.")]
    PolicyInUse(i64),
    #[error("Plans derived from this one sell the room type, too: {}. Take it from them first.", .0.join(", "))]
    TypeInUse(Vec<String>),
    #[error("The plan has prices of its own for nights to come; take them away first.")]
    PlanHasPrices,
    #[error("There are prices for the age band {code:?} in {times} places; take them away first.")]
    BandInUse { code: String, times: i64 },
    #[error("Fees bear the tax by these cancellation policies: {}. Change them first.", .0.join(", "))]
    TaxRuleInUse(Vec<String>),
    #[error("Something was sold by the rule: end it, and add another one.")]
    TaxRuleSold,
}

pub const PLAN_CODE_TAKEN: Problem = Problem {
    code: "rate_plan.code_taken",
    status: 409,
    title: "Code taken",
    about: "Within a property, each rate plan has a code of its own.",
    members: &[],
};
pub const POLICY_CODE_TAKEN: Problem = Problem {
    code: "cancellation_policy.code_taken",
    status: 409,
    title: "Code taken",
    about: "Within a property, each cancellation policy has a code of its own.",
    members: &[],
};
pub const PLAN_IS_DEFAULT: Problem = Problem {
    code: "rate_plan.is_default",
    status: 409,
    title: "Default plan",
    about: "The default plan is sold when a request names no plan. It can be removed only after another plan was made the default.",
    members: &[],
};
pub const PLAN_IN_USE: Problem = Problem {
    code: "rate_plan.in_use",
    status: 409,
    title: "Plan in use",
    about: "A rate plan can be removed only when no plan is derived from it and no stay that has not ended was sold in it. `derived` and `stays` count them. To stop selling it, make it inactive.",
    members: &[
        Member::value("derived", "Number of plans derived from the plan.", || schema!(i64).into()),
        Member::value("stays", "Number of stays of the plan that have not ended.", || schema!(i64).into()),
    ],
};
pub const POLICY_IN_USE: Problem = Problem {
    code: "cancellation_policy.in_use",
    status: 409,
    title: "Policy in use",
    about: "A cancellation policy can be removed only when no rate plan uses it. `plans` counts those that do. Stays keep the terms under which they were sold anyway.",
    members: &[Member::value("plans", "Number of rate plans that have the policy.", || schema!(i64).into())],
};
pub const TYPE_IN_USE: Problem = Problem {
    code: "rate_plan.type_in_use",
    status: 409,
    title: "Derived plans need the type",
    about: "A derived plan sells room types that its parent sells. `plans` lists the codes of the derived plans that still sell the type.",
    members: &[Member::value("plans", "Codes of the derived plans that sell the room type.", || schema!(Vec<String>).into())],
};
pub const PLAN_HAS_PRICES: Problem = Problem {
    code: "rate_plan.has_prices",
    status: 409,
    title: "Plan has prices",
    about: "A derived plan takes its prices from its parent. A plan with prices of its own for nights to come can be derived only after these were removed with PUT /v1/rates.",
    members: &[],
};
pub const BAND_IN_USE: Problem = Problem {
    code: "age_band.in_use",
    status: 409,
    title: "Age band has prices",
    about: "An age band can be removed only when no rate plan, no night and no extra has a price for it. `age_band` names the band, `times` counts the prices.",
    members: &[
        Member::value("age_band", "Code of the age band.", || schema!(String).into()),
        Member::value("times", "Number of prices for the age band.", || schema!(i64).into()),
    ],
};

pub const TAX_RULE_IN_USE: Problem = Problem {
    code: "tax_rule.in_use",
    status: 409,
    title: "Tax rule in use",
    about: "A tax rule whose tax fees bear stays, and stays value added tax. `policies` lists the codes of the cancellation policies that name it in `fee_tax`; change them first.",
    members: &[Member::value("policies", "Codes of the cancellation policies that name the rule.", || {
        schema!(Vec<String>).into()
    })],
};

pub const TAX_RULE_SOLD: Problem = Problem {
    code: "tax_rule.sold",
    status: 409,
    title: "Sold by the rule",
    about: "Lines of folios say by which rule they are taxed, and invoices go by what the rule is. So a rule by which something was sold keeps its `vat_treatment`: end it, and add another one for what is sold from now on.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] = &[
    &PLAN_CODE_TAKEN,
    &POLICY_CODE_TAKEN,
    &PLAN_IS_DEFAULT,
    &PLAN_IN_USE,
    &POLICY_IN_USE,
    &TYPE_IN_USE,
    &PLAN_HAS_PRICES,
    &BAND_IN_USE,
    &TAX_RULE_IN_USE,
    &TAX_RULE_SOLD,
];

impl DomainError for RateError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::PlanCodeTaken => &PLAN_CODE_TAKEN,
            Self::PolicyCodeTaken => &POLICY_CODE_TAKEN,
            Self::PlanIsDefault => &PLAN_IS_DEFAULT,
            Self::PlanInUse { .. } => &PLAN_IN_USE,
            Self::PolicyInUse(_) => &POLICY_IN_USE,
            Self::TypeInUse(_) => &TYPE_IN_USE,
            Self::PlanHasPrices => &PLAN_HAS_PRICES,
            Self::BandInUse { .. } => &BAND_IN_USE,
            Self::TaxRuleInUse(_) => &TAX_RULE_IN_USE,
            Self::TaxRuleSold => &TAX_RULE_SOLD,
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::PlanCodeTaken | Self::PolicyCodeTaken => vec![FieldError::body("/code", "is taken")],
            _ => Vec::new(),
        }
    }

    fn extra(&self) -> Map<String, Value> {
        match self {
            Self::PlanInUse { derived, stays } => {
                Map::from_iter([("derived".into(), json!(derived)), ("stays".into(), json!(stays))])
            }
            Self::PolicyInUse(plans) => Map::from_iter([("plans".into(), json!(plans))]),
            Self::TypeInUse(plans) => Map::from_iter([("plans".into(), json!(plans))]),
            Self::BandInUse { code, times } => Map::from_iter([("age_band".into(), json!(code)), ("times".into(), json!(times))]),
            Self::TaxRuleInUse(policies) => Map::from_iter([("policies".into(), json!(policies))]),
            _ => Map::new(),
        }
    }
}

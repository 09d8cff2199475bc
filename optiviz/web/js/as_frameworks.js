/** Optimizers as torch, Keras and optax spell them, with what differs there or why there is none. */

import { defaultsOf, settingsApart } from "./rule_table.js";

/**
 * @typedef {object} FrameworkCall
 * @property {string} call the maker with its arguments; "" where there is none
 * @property {string} note what differs by a little, or ""
 * @property {string} reason why there is none, or ""
 */

export const FRAMEWORKS = ["torch", "keras", "optax"];

const EPSILON_MOVES = "there epsilon stands elsewhere: paths part by about epsilon";

/**
 * One run's rule in the words of a framework.
 * @param {"torch"|"keras"|"optax"} framework
 * @param {string} rule as a scene names it
 * @param {Object<string, any>} given its settings; those that are missing are the rule's defaults
 * @returns {FrameworkCall}
 */
export function frameworkCall(framework, rule, given) {
  const settings = { ...defaultsOf(rule), ...given };
  const none = (reason) => ({ call: "", note: "", reason });
  const spelling = SPELLINGS[framework][rule];
  if (!spelling) return none(`no ${framework} rule`);
  if (typeof settings.learning_rate !== "number") return none("the rate is a schedule");
  const { clip, decay, coupled } = settingsApart(rule, given);
  if (clip) return none("the gradient is clipped");
  if (decay !== undefined && rule === "adam" && !coupled) return frameworkCall(framework, "adamw", given);
  if (decay !== undefined) return none("weight decay around the rule");
  const told = spelling(settings);
  if (typeof told === "string") return none(told);
  const { name, first = "", ...rest } = told;
  const parts = Object.entries(rest.args).map(([key, value]) => `${key}=${frameworkValue(value)}`);
  return {
    call: `${MODULES[framework]}.${name}(${[first, ...parts].filter(Boolean).join(", ")})`,
    note: rest.note ?? "",
    reason: "",
  };
}

const MODULES = { torch: "torch.optim", keras: "keras.optimizers", optax: "optax" };

function frameworkValue(value) {
  if (value === true) return "True";
  if (value === false) return "False";
  return Array.isArray(value) ? `(${value.join(", ")})` : String(value);
}

/** Arguments without those that are undefined. */
const argumentsOf = (args) => Object.fromEntries(Object.entries(args).filter(([, v]) => v !== undefined));
const unless = (value, neutral) => (value === neutral ? undefined : value);

/** A call of torch; its first argument is the parameters. */
const torchCall = (name, args, note = "") => ({ name, first: "params", args: argumentsOf(args), note });
const plainCall = (name, args, note = "") => ({ name, args: argumentsOf(args), note });

const torchAdam = (name) => (s) => {
  if (s.epsilon_root) return "torch has no epsilon under the root";
  if (!s.bias_correction) return "torch's Adam always corrects its bias";
  if (s.amsgrad === "max_v_hat") return "torch's AMSGrad takes the largest v before its correction";
  const args = {
    lr: s.learning_rate, betas: [s.beta_1, s.beta_2], eps: s.epsilon, weight_decay: s.weight_decay,
    amsgrad: s.amsgrad ? true : undefined,
  };
  return torchCall(name, args, s.epsilon_hat ? EPSILON_MOVES : "");
};

const TORCH = {
  gd: (s) => torchCall("SGD", { lr: s.learning_rate }),
  momentum: (s) =>
    torchCall("SGD", { lr: s.learning_rate, momentum: s.momentum, dampening: unless(s.dampening, 0) }),
  nag: (s) => (s.momentum > 0
    ? torchCall("SGD", { lr: s.learning_rate, momentum: s.momentum, nesterov: true })
    : torchCall("SGD", { lr: s.learning_rate })),
  adagrad: (s) => torchCall("Adagrad", {
    lr: s.learning_rate, lr_decay: unless(s.learning_rate_decay, 0),
    initial_accumulator_value: s.initial_accumulator_value, eps: s.epsilon,
  }, s.epsilon_inside_sqrt ? EPSILON_MOVES : ""),
  adadelta: (s) => torchCall("Adadelta", { lr: s.learning_rate, rho: s.rho, eps: s.epsilon }),
  rmsprop: (s) => {
    if (s.nesterov) return "torch's RMSprop does not look ahead";
    if (s.initial_scale) return "torch's mean square begins at 0";
    if (s.bias_correction) return "torch's RMSprop does not correct its bias";
    return torchCall("RMSprop", {
      lr: s.learning_rate, alpha: s.rho, eps: s.epsilon, momentum: unless(s.momentum, 0),
      centered: unless(s.centered, false),
    }, s.epsilon_inside_sqrt ? EPSILON_MOVES : "");
  },
  adam: torchAdam("Adam"),
  adamw: torchAdam("AdamW"),
  nadam: (s) => (s.momentum_decay === null
    ? "torch's NAdam always warms its momentum up"
    : torchCall("NAdam", {
      lr: s.learning_rate, betas: [s.beta_1, s.beta_2], eps: s.epsilon, momentum_decay: s.momentum_decay,
    })),
  radam: (s) => (s.threshold !== 5 || !s.epsilon_hat
    ? "torch's RAdam has a threshold of 5, and epsilon before the correction"
    : torchCall("RAdam", { lr: s.learning_rate, betas: [s.beta_1, s.beta_2], eps: s.epsilon })),
  adamax: (s) => torchCall("Adamax", { lr: s.learning_rate, betas: [s.beta_1, s.beta_2], eps: s.epsilon },
    s.epsilon_inside_max ? "" : EPSILON_MOVES),
};

const kerasBetas = (s) => ({
  learning_rate: s.learning_rate, weight_decay: s.weight_decay,
  beta_1: s.beta_1, beta_2: s.beta_2, epsilon: s.epsilon,
});

const kerasAdam = (name) => (s) => {
  if (s.epsilon_root) return "Keras has no epsilon under the root";
  if (!s.bias_correction) return "Keras' Adam always corrects its bias";
  if (s.amsgrad === "max_v_hat") return "Keras' AMSGrad takes the largest v before its correction";
  const args = { ...kerasBetas(s), amsgrad: s.amsgrad ? true : undefined };
  return plainCall(name, args, s.epsilon_hat ? "" : EPSILON_MOVES);
};

const KERAS = {
  gd: (s) => plainCall("SGD", { learning_rate: s.learning_rate }),
  momentum: (s) => (s.dampening
    ? "Keras has no dampening"
    : plainCall("SGD", { learning_rate: s.learning_rate, momentum: s.momentum })),
  nag: (s) => plainCall("SGD", { learning_rate: s.learning_rate, momentum: s.momentum, nesterov: true }),
  adagrad: (s) => (s.learning_rate_decay
    ? "Keras has no decay of the rate within Adagrad"
    : plainCall("Adagrad", {
      learning_rate: s.learning_rate, initial_accumulator_value: s.initial_accumulator_value,
      epsilon: s.epsilon,
    }, s.epsilon_inside_sqrt ? "" : EPSILON_MOVES)),
  adadelta: (s) => plainCall("Adadelta", { learning_rate: s.learning_rate, rho: s.rho, epsilon: s.epsilon }),
  rmsprop: (s) => {
    if (s.nesterov) return "Keras' RMSprop does not look ahead";
    if (s.initial_scale) return "Keras' mean square begins at 0";
    if (s.bias_correction) return "Keras' RMSprop does not correct its bias";
    return plainCall("RMSprop", {
      learning_rate: s.learning_rate, rho: s.rho, momentum: unless(s.momentum, 0), epsilon: s.epsilon,
      centered: unless(s.centered, false),
    }, s.epsilon_inside_sqrt ? "" : EPSILON_MOVES);
  },
  adam: kerasAdam("Adam"),
  adamw: kerasAdam("AdamW"),
  nadam: (s) => (s.momentum_decay !== 1
    ? "Keras' Nadam warms its momentum up by 0.96^t"
    : plainCall("Nadam", kerasBetas(s))),
  adamax: (s) => plainCall("Adamax", kerasBetas(s), s.epsilon_inside_max ? EPSILON_MOVES : ""),
  lion: (s) => plainCall("Lion", { learning_rate: s.learning_rate, beta_1: s.beta_1, beta_2: s.beta_2 }),
};

const optaxBetas = (s) => ({ learning_rate: s.learning_rate, b1: s.beta_1, b2: s.beta_2, eps: s.epsilon });

const optaxAdam = (name) => (s) => {
  const args = { ...optaxBetas(s), eps_root: unless(s.epsilon_root, 0) };
  if (s.weight_decay !== undefined) args.weight_decay = s.weight_decay;
  const note = s.epsilon_hat ? EPSILON_MOVES : "";
  if (!s.amsgrad) {
    return s.bias_correction ? plainCall(name, args, note) : "optax's Adam always corrects its bias";
  }
  if (s.weight_decay !== undefined) return "optax's AMSGrad has no weight decay";
  if (s.amsgrad !== "max_v_hat" && s.bias_correction) {
    return "optax's AMSGrad takes the largest v after its correction";
  }
  const corrected = s.bias_correction ? {} : { bias_correction_mu: false, bias_correction_nu: false };
  return plainCall("amsgrad", { ...args, ...corrected }, note);
};

const OPTAX = {
  gd: (s) => plainCall("sgd", { learning_rate: s.learning_rate }),
  momentum: (s) => (s.dampening
    ? "optax has no dampening"
    : plainCall("sgd", { learning_rate: s.learning_rate, momentum: s.momentum })),
  nag: (s) => plainCall("sgd", { learning_rate: s.learning_rate, momentum: s.momentum, nesterov: true }),
  adagrad: (s) => (s.learning_rate_decay
    ? "optax has no decay of the rate within adagrad"
    : plainCall("adagrad", {
      learning_rate: s.learning_rate, initial_accumulator_value: s.initial_accumulator_value, eps: s.epsilon,
    }, s.epsilon_inside_sqrt ? "" : EPSILON_MOVES)),
  adadelta: (s) => plainCall("adadelta", { learning_rate: s.learning_rate, rho: s.rho, eps: s.epsilon }),
  rmsprop: (s) => plainCall("rmsprop", {
    learning_rate: s.learning_rate, decay: s.rho, eps: s.epsilon, initial_scale: unless(s.initial_scale, 0),
    eps_in_sqrt: unless(s.epsilon_inside_sqrt, true), centered: unless(s.centered, false),
    momentum: unless(s.momentum, 0), nesterov: unless(s.nesterov, false),
    bias_correction: unless(s.bias_correction, false),
  }),
  adam: optaxAdam("adam"),
  adamw: optaxAdam("adamw"),
  nadam: (s) => (s.momentum_decay === null
    ? plainCall("nadam", optaxBetas(s))
    : "optax's nadam does not warm its momentum up"),
  adamax: (s) => plainCall("adamax", optaxBetas(s), s.epsilon_inside_max ? "" : EPSILON_MOVES),
  // its weight decay is 0.001 unless told
  lion: (s) => plainCall("lion", {
    learning_rate: s.learning_rate, b1: s.beta_1, b2: s.beta_2, weight_decay: 0,
  }),
  radam: (s) => plainCall("radam", { ...optaxBetas(s), threshold: unless(s.threshold, 5) },
    s.epsilon_hat ? EPSILON_MOVES : ""),
};

const SPELLINGS = { torch: TORCH, keras: KERAS, optax: OPTAX };

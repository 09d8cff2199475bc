/** Table of the optimizers: their settings with defaults, and the values that each kind of setting takes. */

/** What a setting may be: bounds, and how a slider spreads them. Open ends are marked. */
export const SETTING_KINDS = {
  rate: { low: 0, scale: "log" },
  share: { low: 0, high: 1, scale: "linear" },
  decay: { low: 0, high: 1, openHigh: true, scale: "nines" },
  small: { low: 0, scale: "log" },
  threshold: { low: 4, scale: "log" },
  flag: {},
  choice: {},
};

const KIND_OF = {
  learning_rate: "rate",
  momentum: "share",
  dampening: "share",
  rho: "decay",
  beta_1: "decay",
  beta_2: "decay",
  threshold: "threshold",
  amsgrad: "choice",
};

/** The optimizers by the names that scenes give them; a test holds this to the library. */
export const RULE_TABLE = {
  gd: { name: "GD", group: "plain", settings: { learning_rate: 0.01 } },
  momentum: {
    name: "Momentum",
    group: "remembers",
    settings: { learning_rate: 0.01, momentum: 0.9, rate_inside: true, dampening: 0 },
  },
  nag: {
    name: "NAG",
    group: "remembers",
    settings: { learning_rate: 0.01, momentum: 0.9, rate_inside: true },
  },
  lion: { name: "Lion", group: "remembers", settings: { learning_rate: 0.001, beta_1: 0.9, beta_2: 0.99 } },
  adagrad: {
    name: "Adagrad",
    group: "divides",
    settings: {
      learning_rate: 0.001, initial_accumulator_value: 0.1, epsilon: 1e-7,
      epsilon_inside_sqrt: true, learning_rate_decay: 0,
    },
  },
  adadelta: {
    name: "Adadelta",
    group: "divides",
    settings: { learning_rate: 1, rho: 0.95, epsilon: 1e-7 },
  },
  rmsprop: {
    name: "RMSprop",
    group: "divides",
    settings: {
      learning_rate: 0.001, rho: 0.9, epsilon: 1e-7, epsilon_inside_sqrt: true, momentum: 0,
      nesterov: false, rate_inside: true, centered: false, initial_scale: 0, bias_correction: false,
    },
  },
  adam: {
    name: "Adam",
    group: "both",
    settings: {
      learning_rate: 0.001, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7,
      epsilon_hat: true, epsilon_root: 0, amsgrad: false, bias_correction: true,
    },
  },
  adamw: {
    name: "AdamW",
    group: "both",
    settings: {
      learning_rate: 0.001, weight_decay: 0.004, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7,
      epsilon_hat: true, epsilon_root: 0, amsgrad: false, bias_correction: true,
    },
  },
  nadam: {
    name: "Nadam",
    group: "both",
    settings: { learning_rate: 0.001, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7, momentum_decay: 1 },
  },
  adamax: {
    name: "Adamax",
    group: "both",
    settings: { learning_rate: 0.001, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7, epsilon_inside_max: false },
  },
  radam: {
    name: "RAdam",
    group: "both",
    settings: {
      learning_rate: 0.001, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-8, epsilon_hat: true, threshold: 5,
    },
  },
  adabelief: {
    name: "AdaBelief",
    group: "both",
    settings: {
      learning_rate: 0.001, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-16, epsilon_root: 1e-16,
    },
  },
  yogi: {
    name: "Yogi",
    group: "both",
    settings: {
      learning_rate: 0.01, beta_1: 0.9, beta_2: 0.999, epsilon: 0.001, initial_accumulator_value:
      1e-6,
    },
  },
  adan: {
    name: "Adan",
    group: "both",
    settings: {
      learning_rate: 0.001, beta_1: 0.98, beta_2: 0.92, beta_3: 0.99, epsilon: 1e-8, epsilon_root:
      1e-8,
    },
  },
  ademamix: {
    name: "AdEMAMix",
    group: "both",
    settings: {
      learning_rate: 0.001, beta_1: 0.9, beta_2: 0.999, beta_3: 0.9999, alpha: 5.0, epsilon: 1e-8,
      epsilon_root: 0.0,
    },
  },
  rprop: {
    name: "Rprop",
    group: "divides",
    settings: {
      learning_rate: 0.01, eta_minus: 0.5, eta_plus: 1.2, shortest: 1e-6, longest: 50.0,
    },
  },
  signum: {
    name: "Signum",
    group: "remembers",
    settings: {
      learning_rate: 0.001, momentum: 0.9,
    },
  },
  ftrl: {
    name: "Ftrl",
    group: "divides",
    settings: {
      learning_rate: 0.001, initial_accumulator_value: 0.1, l1: 0, l2: 0, l2_shrinkage: 0, beta: 0.0,
    },
  },
  schedulefreesgd: {
    name: "ScheduleFreeSGD",
    group: "remembers",
    settings: {
      learning_rate: 1, momentum: 0.9,
    },
  },
  schedulefreeadamw: {
    name: "ScheduleFreeAdamW",
    group: "both",
    settings: {
      learning_rate: 0.0025, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-8, weight_decay: 0.0,
    },
  },
  prodigy: {
    name: "Prodigy",
    group: "both",
    settings: {
      learning_rate: 1, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-8, first_distance: 1e-6,
      coefficient: 1, bias_correction: false,
    },
  },
  lars: {
    name: "LARS",
    group: "remembers",
    settings: {
      learning_rate: 0.01, momentum: 0.9, trust_coefficient: 0.001, weight_decay: 0, epsilon: 0,
      nesterov: false,
    },
  },
  lamb: {
    name: "LAMB",
    group: "both",
    settings: {
      learning_rate: 0.001, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7, weight_decay: 0.0,
    },
  },
  muon: {
    name: "Muon",
    group: "both",
    settings: {
      learning_rate: 0.001, momentum: 0.95, nesterov: true, iterations: 5, scale: "original",
      adam_beta_1: 0.9, adam_beta_2: 0.999, adam_epsilon: 1e-7, epsilon: 1e-7, coefficients:
      [3.4445, -4.775, 2.0315], summed: false,
    },
  },
  barzilaiborwein: {
    name: "BarzilaiBorwein",
    group: "plain",
    settings: {
      learning_rate: 0.01, kind: "long",
    },
  },
};

/**
 * The settings of a rule with their defaults.
 * @param {string} rule
 * @returns {Object<string, any>} empty for a rule that is not in the table
 */
export function defaultsOf(rule) {
  return Object.hasOwn(RULE_TABLE, rule) ? RULE_TABLE[rule].settings : {};
}

/**
 * The settings of a run apart: its rule's own, and those of clipping and weight decay around it.
 * @param {string} rule
 * @param {Object<string, any>} settings all of them, as a program has them
 * @returns {{own: Object<string, any>, clip: Object<string, any>|null, decay: number|undefined,
 *   coupled: boolean}} `own` without those that the rule has anyway, but for the rate
 */
export function settingsApart(rule, settings) {
  const defaults = defaultsOf(rule);
  const own = Object.entries(settings).filter(([name, value]) =>
    name === "learning_rate" || (Object.hasOwn(defaults, name) && defaults[name] !== value));
  const limits = ["value", "norm", "global_norm"].filter((name) => typeof settings[name] === "number");
  const epsilon = settings.clip_epsilon ?? (Object.hasOwn(defaults, "epsilon") ? 0 : settings.epsilon ?? 0);
  const clip = Object.fromEntries(limits.map((name) => [name, settings[name]]));
  if (epsilon !== 0) clip.epsilon = epsilon;
  const around = !Object.hasOwn(defaults, "weight_decay");
  return {
    own: Object.fromEntries(own),
    clip: limits.length > 0 ? clip : null,
    decay: around ? settings.weight_decay : undefined,
    coupled: settings.decoupled === false,
  };
}

/**
 * What kind of value a setting takes.
 * @param {string} setting
 * @param {any} value one that it has: true and false make it a flag
 * @returns {string} a key of SETTING_KINDS
 */
export function kindOfSetting(setting, value) {
  if (typeof value === "boolean" && setting !== "amsgrad") return "flag";
  return KIND_OF[setting] ?? "small";
}

/**
 * Why a number cannot be a setting, or "" where it can.
 * @param {string} kind a key of SETTING_KINDS
 * @param {number} value
 * @returns {string}
 */
export function settingFault(kind, value) {
  const { low, high, openHigh } = SETTING_KINDS[kind];
  if (!Number.isFinite(value)) return "must be a number";
  if (value < low) return `must be at least ${low}`;
  if (high !== undefined && (openHigh ? value >= high : value > high)) {
    return `must be ${openHigh ? "less than" : "at most"} ${high}`;
  }
  return "";
}

/**
 * A setting in a word or two, for labels of sliders.
 * @param {string} setting
 * @returns {string}
 */
export function settingWords(setting) {
  const short = {
    learning_rate: "rate", beta_1: "β₁", beta_2: "β₂", epsilon: "ε", epsilon_hat: "ε before correction",
    epsilon_inside_sqrt: "ε under the root", epsilon_inside_max: "ε inside the maximum",
    epsilon_root: "ε under the root", initial_accumulator_value: "first sum",
    learning_rate_decay: "decay of the rate", initial_scale: "first mean square",
  };
  return short[setting] ?? setting.replaceAll("_", " ");
}

/**
 * The setting on the upright axis of the pad.
 * @param {string} rule
 * @returns {string} "" for a rule of one setting
 */
export function secondSetting(rule) {
  const known = Object.keys(defaultsOf(rule));
  return ["beta_1", "rho", "momentum"].find((setting) => known.includes(setting)) ?? "";
}

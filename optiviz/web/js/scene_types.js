/** Types of the payload: what the page is given of a scene. Nothing of it runs. */

/**
 * @typedef {Array<[string, string]>} Parts a text: of each part the run that it names or "", and words
 *
 * @typedef {object} Caption
 * @property {number} time in steps
 * @property {number} rest seconds for which playing stands
 * @property {Parts} text
 * @property {boolean} [late] comes after the question that is asked at its time
 *
 * @typedef {object} Run
 * @property {string} label
 * @property {string} color on light ground, "#rrggbb"
 * @property {string} dark on dark ground
 * @property {string} marker o s D ^ v P h X
 * @property {string} rule
 * @property {Object<string, any>} settings
 * @property {number} [noise]
 * @property {number} [batch]
 * @property {object} [schedule] of its rate: a table as scenes have it, and the same in `python`
 * @property {null|"scipy"|"torch"|"function"|"rule"} recorded why it cannot be run here
 * @property {string|null} program its rule in PROGRAMS
 * @property {string} [path] base64 of Float64 (steps + 1) * P, little-endian
 * @property {string} [losses] base64 of Float64 (steps + 1)
 * @property {object} [network] what it trains, as dense.js takes it: its `targets` and `start` in base64
 *
 * @typedef {object} Problem
 * @property {"surface"|"formula"|"fit"|"network"|"recorded"} kind
 * @property {string} name
 * @property {string} [formula]
 * @property {string} [program] its value and slopes in PROGRAMS
 * @property {[number, number]} xlim
 * @property {[number, number]} ylim
 * @property {number[]} start
 * @property {Array<[number, number, string]>} minima x, y and "minimum" or "local minimum"
 * @property {Array<[number, number]>} saddles
 * @property {[string, string]} names of the two axes
 * @property {number|null} [f_min] the least loss, where it is known
 * @property {string} [rows] inputs of networks, base64 of Float64, `inputs` numbers a row
 * @property {number} [inputs]
 *
 * @typedef {object} Panel
 * @property {"map"|"hill"|"loss"|"fit"|"boundary"|"weights"|"rates"|"picture"} kind
 * @property {string} heading
 * @property {string} small words beside it
 * @property {boolean} [board] a picture of all panels, where the page cannot draw the stage itself
 *
 * @typedef {object} Mark
 * @property {number} panel its index
 * @property {[number, number]|null} at
 * @property {string} [run]
 * @property {number} [time]
 * @property {string} text
 *
 * @typedef {object} Scene
 * @property {string} title
 * @property {string} [author]
 * @property {string} notes
 * @property {string} name of the scene's file
 * @property {"light"|"dark"} theme
 * @property {"step"|"epoch"} unit
 * @property {number} perUnit steps of the clip in one of it
 * @property {number} steps
 * @property {number[]} clock time of each frame of the motion, 20 a second, rests left out
 * @property {Caption[]} captions
 * @property {Parts|null} verdict
 * @property {{time: number, question: string, seconds: number}|null} ask
 * @property {{axis: number, size: boolean, above: boolean, limit: number, word: string}} [goal]
 *   an arrival: a coordinate (axis -1: the loss), or its size, above or below a limit for good
 * @property {number} [seed]
 * @property {boolean} [explore] everything is free to change
 * @property {object} [document] the scene file as plain data, where there is one
 * @property {number[]} pauses
 * @property {Run[]} runs
 * @property {Problem} problem
 * @property {Object<string, string>} luck drawn noise or row numbers of a run, base64
 * @property {{ramp: string[], dark: string[], bands: number[]}} levels
 * @property {Panel[]} panels the stage first
 * @property {Mark[]} marks
 *
 * @typedef {object} RunResult
 * @property {string} label
 * @property {Float64Array} path 2 (n + 1) numbers: where the weights are
 * @property {Float64Array} losses n + 1 numbers
 * @property {number} stopped the step at which it was lost, or -1
 *
 * @typedef {{width: number, height: number, xlim: [number, number], ylim: [number, number]}} View
 *   the plot of a map in CSS pixels and the part of the plane that it shows
 */

export const SCENE_TYPES = "typedefs only";

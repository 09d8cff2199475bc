/** Shaders of the hill: lit bands with level lines, walls, and ribbons that face the camera. */

const SURFACE_VERTEX = `#version 300 es
layout(location = 0) in vec3 place;
layout(location = 1) in vec3 normal;
layout(location = 2) in float height;
uniform mat4 camera;
uniform vec2 halves;
out vec3 facing;
out float raw;
out vec2 onMap;
void main() {
  facing = normal;
  raw = height;
  onMap = vec2(0.5 + 0.5 * place.x / halves.x, 0.5 - 0.5 * place.y / halves.y);
  gl_Position = camera * vec4(place, 1.0);
}`;

// A band has one colour, lighter or darker by less than half a band where it faces the light or turns from
// it: shade never reads as height. Level lines are one pixel wide however steep the ground is.
const SURFACE_FRAGMENT = `#version 300 es
precision highp float;
in vec3 facing;
in float raw;
in vec2 onMap;
uniform sampler2D shades;
uniform sampler2D map;
uniform float bands, light, mapShare, bold, pixel;
uniform vec3 sun;
uniform vec4 line, ink, casing;
out vec4 color;
void main() {
  float level = clamp(raw, 0.0, 1.0) * bands;
  float band = min(floor(level), bands - 1.0);
  float lit = abs(dot(normalize(facing), sun));
  float tone = lit > sun.z ? 5.0 * (lit - sun.z) / (1.0 - sun.z) : 7.0 * (lit - sun.z) / sun.z;
  vec3 paint = texture(shades, vec2((light * tone + 7.5) / 13.0, (band + 0.5) / bands)).rgb;
  float steep = max(pixel * length(vec2(dFdx(raw), dFdy(raw))), 1e-7);
  float near = floor(raw * bands + 0.5);
  float off = abs(raw - near / bands) / steep;
  float on = near > 0.5 && near < bands - 0.5 ? clamp(1.0 - off, 0.0, 1.0) : 0.0;
  paint = mix(paint, line.rgb, line.a * on);
  if (bold >= 0.0) {
    float away = abs(raw - bold) / steep;
    paint = mix(paint, casing.rgb, clamp(3.5 - away, 0.0, 1.0));
    paint = mix(paint, ink.rgb, clamp(1.7 - away, 0.0, 1.0));
  }
  if (mapShare > 0.0) paint = mix(paint, texture(map, onMap).rgb, mapShare);
  color = vec4(paint, 1.0);
}`;

const WALL_VERTEX = `#version 300 es
layout(location = 0) in vec3 place;
uniform mat4 camera;
void main() {
  gl_Position = camera * vec4(place, 1.0);
}`;

const WALL_FRAGMENT = `#version 300 es
precision mediump float;
uniform vec4 tint;
out vec4 color;
void main() {
  color = tint;
}`;

// Each piece of a line is a rectangle round it in pixels, four vertices with both ends, of which the
// fragments within `radius` of the piece are kept; neighbours overlap in round joins. (No instances: software
// draws them one by one.)
const RIBBON_VERTEX = `#version 300 es
layout(location = 0) in vec3 from;
layout(location = 1) in vec3 to;
uniform mat4 camera;
uniform vec2 size;
uniform float radius, cap, nearer;
flat out vec4 ends;
out vec2 at;
void main() {
  vec4 a = camera * vec4(from, 1.0);
  vec4 b = camera * vec4(to, 1.0);
  vec2 p = 0.5 * size * (a.xy + 1.0);
  vec2 q = 0.5 * size * (b.xy + 1.0);
  vec2 way = q - p;
  float far = length(way);
  way = far > 1e-4 ? way / far : vec2(1.0, 0.0);
  float end = float(gl_VertexID & 1);
  float side = float((gl_VertexID >> 1) & 1) * 2.0 - 1.0;
  at = mix(p, q, end) + (2.0 * end - 1.0) * cap * (radius + 1.0) * way
     + side * (radius + 1.0) * vec2(-way.y, way.x);
  ends = vec4(p, q);
  gl_Position = vec4(2.0 * at / size - 1.0, mix(a.z, b.z, end) - nearer, 1.0);
}`;

const RIBBON_FRAGMENT = `#version 300 es
precision highp float;
flat in vec4 ends;
in vec2 at;
uniform float radius;
uniform vec4 tint;
out vec4 color;
void main() {
  vec2 way = ends.zw - ends.xy;
  vec2 off = at - ends.xy;
  float share = clamp(dot(off, way) / max(dot(way, way), 1e-8), 0.0, 1.0);
  float alpha = tint.a * clamp(radius + 0.5 - length(off - share * way), 0.0, 1.0);
  color = vec4(tint.rgb * alpha, alpha);
}`;

/**
 * A linked program with its uniforms by name.
 * @param {WebGL2RenderingContext} gl
 * @param {string} vertex
 * @param {string} fragment
 * @returns {{program: WebGLProgram, at: Object<string, WebGLUniformLocation>}}
 */
function linkedProgram(gl, vertex, fragment) {
  const program = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    throw new Error(`the hill's shaders do not link: ${gl.getProgramInfoLog(program)}`);
  }
  const at = {};
  for (let k = 0; k < gl.getProgramParameter(program, gl.ACTIVE_UNIFORMS); k++) {
    const { name } = gl.getActiveUniform(program, k);
    at[name] = gl.getUniformLocation(program, name);
  }
  return { program, at };
}

/**
 * The three programs of the hill.
 * @param {WebGL2RenderingContext} gl
 */
export function hillPrograms(gl) {
  return {
    surface: linkedProgram(gl, SURFACE_VERTEX, SURFACE_FRAGMENT),
    wall: linkedProgram(gl, WALL_VERTEX, WALL_FRAGMENT),
    ribbon: linkedProgram(gl, RIBBON_VERTEX, RIBBON_FRAGMENT),
  };
}

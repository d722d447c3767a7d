// test optimize
// C[M,N] = A[M,K] * B[K,N], A stored k-major; 64x64 tile per 16x16 workgroup, 4x4 registers each, K step 16.
struct P { m: u32, n: u32, k: u32, }
@group(0) @binding(0) var<uniform> p: P;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> c: array<vec4<f32>>;
var<workgroup> ta: array<vec4<f32>, 256>; // [k=16][m/4=16], transposed
var<workgroup> tb: array<vec4<f32>, 256>; // [k=16][n/4=16]
@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) wg: vec3<u32>, @builtin(local_invocation_id) l: vec3<u32>,
        @builtin(local_invocation_index) t: u32) {
    var r0 = vec4<f32>();
    var r1 = vec4<f32>();
    var r2 = vec4<f32>();
    var r3 = vec4<f32>();
    let n4 = p.n / 4u;
    // A is stored k-major, so both tile loads are rows of 16 vec4.
    let m4 = p.m / 4u;
    let lr = t / 16u;
    let lc = t % 16u;
    for (var k0 = 0u; k0 < p.k; k0 += 16u) {
        ta[t] = a[(k0 + lr) * m4 + wg.y * 16u + lc];
        tb[t] = b[(k0 + lr) * n4 + wg.x * 16u + lc];
        workgroupBarrier();
        for (var kk = 0u; kk < 16u; kk++) {
            let av = ta[kk * 16u + l.y];
            let bv = tb[kk * 16u + l.x];
            r0 = fma(vec4<f32>(av.x), bv, r0);
            r1 = fma(vec4<f32>(av.y), bv, r1);
            r2 = fma(vec4<f32>(av.z), bv, r2);
            r3 = fma(vec4<f32>(av.w), bv, r3);
        }
        workgroupBarrier();
    }
    let row = wg.y * 64u + l.y * 4u;
    let o = row * n4 + wg.x * 16u + l.x;
    c[o] = r0;
    c[o + n4] = r1;
    c[o + 2u * n4] = r2;
    c[o + 3u * n4] = r3;
}

// kernel "main" workgroup 16 16 1
// binding b0 group 0 index 0 uniform min 12 "p"
// binding b1 group 0 index 1 read_only_storage min 16 "a"
// binding b2 group 0 index 2 read_only_storage min 16 "b"
// binding b3 group 0 index 3 storage min 16 "c"
// shared s0 size 4096 align 16 "ta"
// shared s1 size 4096 align 16 "tb"
// {
//     v0: i32 = const 4
//     v1: i32 = const 0
//     v2: f32 = const 0.0
//     v3: i32 = const 16
//     v4: i32 = const 1
//     v5: i32 = const 2
//     v6: i32 = const 3
//     v7: i32 = const 15
//     v8: i32 = const 6
//     v9: i32 = builtin local_index
//     v10: i32 = builtin workgroup_id.x
//     v11: i32 = builtin workgroup_id.y
//     v12: i32 = builtin local_id.x
//     v13: i32 = builtin local_id.y
//     v14: i32 = shl v9, v0
//     v15: i32, v16: i32, v17: i32 = load b0[0] align 16
//     v18: i32 = lshr v16, v5
//     v19: i32 = lshr v15, v5
//     v20: i32 = lshr v9, v0
//     v21: i32 = and v9, v7
//     v22: i32 = shl v11, v0
//     v23: i32 = shl v10, v0
//     v24: i32 = shl v13, v0
//     v25: i32 = shl v12, v0
//     v43: f32, v44: f32, v45: f32, v46: f32, v47: f32, v48: f32, v49: f32, v50: f32, v51: f32, v52: f32, v53: f32, v54: f32, v55: f32, v56: f32, v57: f32, v58: f32 = loop L0 (v26: f32 = v2, v27: f32 = v2, v28: f32 = v2, v29: f32 = v2, v30: f32 = v2, v31: f32 = v2, v32: f32 = v2, v33: f32 = v2, v34: f32 = v2, v35: f32 = v2, v36: f32 = v2, v37: f32 = v2, v38: f32 = v2, v39: f32 = v2, v40: f32 = v2, v41: f32 = v2, v42: i32 = v1) {
//         v59: bool = icmp.ult v42, v17
//         if v59 {
//             yield
//         } else {
//             break L0 (v26, v27, v28, v29, v30, v31, v32, v33, v34, v35, v36, v37, v38, v39, v40, v41)
//         }
//         v60: i32 = iadd v42, v20
//         v61: i32 = imul v60, v19
//         v62: i32 = iadd v61, v22
//         v63: i32 = iadd v62, v21
//         v64: i32 = shl v63, v0
//         v65: f32, v66: f32, v67: f32, v68: f32 = load b1[v64] align 16 checked
//         store s0[v14], v65, v66, v67, v68 align 16
//         v69: i32 = imul v60, v18
//         v70: i32 = iadd v69, v23
//         v71: i32 = iadd v70, v21
//         v72: i32 = shl v71, v0
//         v73: f32, v74: f32, v75: f32, v76: f32 = load b2[v72] align 16 checked
//         store s1[v14], v73, v74, v75, v76 align 16
//         barrier execution shared
//         v77: f32, v78: f32, v79: f32, v80: f32 = load s0[v24] align 16
//         v81: f32, v82: f32, v83: f32, v84: f32 = load s1[v25] align 16
//         v85: f32 = fma v77, v81, v26
//         v86: f32 = fma v77, v82, v27
//         v87: f32 = fma v77, v83, v28
//         v88: f32 = fma v77, v84, v29
//         v89: f32 = fma v78, v81, v30
//         v90: f32 = fma v78, v82, v31
//         v91: f32 = fma v78, v83, v32
//         v92: f32 = fma v78, v84, v33
//         v93: f32 = fma v79, v81, v34
//         v94: f32 = fma v79, v82, v35
//         v95: f32 = fma v79, v83, v36
//         v96: f32 = fma v79, v84, v37
//         v97: f32 = fma v80, v81, v38
//         v98: f32 = fma v80, v82, v39
//         v99: f32 = fma v80, v83, v40
//         v100: f32 = fma v80, v84, v41
//         v101: f32, v102: f32, v103: f32, v104: f32 = load s0[v24 + 256] align 16
//         v105: f32, v106: f32, v107: f32, v108: f32 = load s1[v25 + 256] align 16
//         v109: f32 = fma v101, v105, v85
//         v110: f32 = fma v101, v106, v86
//         v111: f32 = fma v101, v107, v87
//         v112: f32 = fma v101, v108, v88
//         v113: f32 = fma v102, v105, v89
//         v114: f32 = fma v102, v106, v90
//         v115: f32 = fma v102, v107, v91
//         v116: f32 = fma v102, v108, v92
//         v117: f32 = fma v103, v105, v93
//         v118: f32 = fma v103, v106, v94
//         v119: f32 = fma v103, v107, v95
//         v120: f32 = fma v103, v108, v96
//         v121: f32 = fma v104, v105, v97
//         v122: f32 = fma v104, v106, v98
//         v123: f32 = fma v104, v107, v99
//         v124: f32 = fma v104, v108, v100
//         v125: f32, v126: f32, v127: f32, v128: f32 = load s0[v24 + 512] align 16
//         v129: f32, v130: f32, v131: f32, v132: f32 = load s1[v25 + 512] align 16
//         v133: f32 = fma v125, v129, v109
//         v134: f32 = fma v125, v130, v110
//         v135: f32 = fma v125, v131, v111
//         v136: f32 = fma v125, v132, v112
//         v137: f32 = fma v126, v129, v113
//         v138: f32 = fma v126, v130, v114
//         v139: f32 = fma v126, v131, v115
//         v140: f32 = fma v126, v132, v116
//         v141: f32 = fma v127, v129, v117
//         v142: f32 = fma v127, v130, v118
//         v143: f32 = fma v127, v131, v119
//         v144: f32 = fma v127, v132, v120
//         v145: f32 = fma v128, v129, v121
//         v146: f32 = fma v128, v130, v122
//         v147: f32 = fma v128, v131, v123
//         v148: f32 = fma v128, v132, v124
//         v149: f32, v150: f32, v151: f32, v152: f32 = load s0[v24 + 768] align 16
//         v153: f32, v154: f32, v155: f32, v156: f32 = load s1[v25 + 768] align 16
//         v157: f32 = fma v149, v153, v133
//         v158: f32 = fma v149, v154, v134
//         v159: f32 = fma v149, v155, v135
//         v160: f32 = fma v149, v156, v136
//         v161: f32 = fma v150, v153, v137
//         v162: f32 = fma v150, v154, v138
//         v163: f32 = fma v150, v155, v139
//         v164: f32 = fma v150, v156, v140
//         v165: f32 = fma v151, v153, v141
//         v166: f32 = fma v151, v154, v142
//         v167: f32 = fma v151, v155, v143
//         v168: f32 = fma v151, v156, v144
//         v169: f32 = fma v152, v153, v145
//         v170: f32 = fma v152, v154, v146
//         v171: f32 = fma v152, v155, v147
//         v172: f32 = fma v152, v156, v148
//         v173: f32, v174: f32, v175: f32, v176: f32 = load s0[v24 + 1024] align 16
//         v177: f32, v178: f32, v179: f32, v180: f32 = load s1[v25 + 1024] align 16
//         v181: f32 = fma v173, v177, v157
//         v182: f32 = fma v173, v178, v158
//         v183: f32 = fma v173, v179, v159
//         v184: f32 = fma v173, v180, v160
//         v185: f32 = fma v174, v177, v161
//         v186: f32 = fma v174, v178, v162
//         v187: f32 = fma v174, v179, v163
//         v188: f32 = fma v174, v180, v164
//         v189: f32 = fma v175, v177, v165
//         v190: f32 = fma v175, v178, v166
//         v191: f32 = fma v175, v179, v167
//         v192: f32 = fma v175, v180, v168
//         v193: f32 = fma v176, v177, v169
//         v194: f32 = fma v176, v178, v170
//         v195: f32 = fma v176, v179, v171
//         v196: f32 = fma v176, v180, v172
//         v197: f32, v198: f32, v199: f32, v200: f32 = load s0[v24 + 1280] align 16
//         v201: f32, v202: f32, v203: f32, v204: f32 = load s1[v25 + 1280] align 16
//         v205: f32 = fma v197, v201, v181
//         v206: f32 = fma v197, v202, v182
//         v207: f32 = fma v197, v203, v183
//         v208: f32 = fma v197, v204, v184
//         v209: f32 = fma v198, v201, v185
//         v210: f32 = fma v198, v202, v186
//         v211: f32 = fma v198, v203, v187
//         v212: f32 = fma v198, v204, v188
//         v213: f32 = fma v199, v201, v189
//         v214: f32 = fma v199, v202, v190
//         v215: f32 = fma v199, v203, v191
//         v216: f32 = fma v199, v204, v192
//         v217: f32 = fma v200, v201, v193
//         v218: f32 = fma v200, v202, v194
//         v219: f32 = fma v200, v203, v195
//         v220: f32 = fma v200, v204, v196
//         v221: f32, v222: f32, v223: f32, v224: f32 = load s0[v24 + 1536] align 16
//         v225: f32, v226: f32, v227: f32, v228: f32 = load s1[v25 + 1536] align 16
//         v229: f32 = fma v221, v225, v205
//         v230: f32 = fma v221, v226, v206
//         v231: f32 = fma v221, v227, v207
//         v232: f32 = fma v221, v228, v208
//         v233: f32 = fma v222, v225, v209
//         v234: f32 = fma v222, v226, v210
//         v235: f32 = fma v222, v227, v211
//         v236: f32 = fma v222, v228, v212
//         v237: f32 = fma v223, v225, v213
//         v238: f32 = fma v223, v226, v214
//         v239: f32 = fma v223, v227, v215
//         v240: f32 = fma v223, v228, v216
//         v241: f32 = fma v224, v225, v217
//         v242: f32 = fma v224, v226, v218
//         v243: f32 = fma v224, v227, v219
//         v244: f32 = fma v224, v228, v220
//         v245: f32, v246: f32, v247: f32, v248: f32 = load s0[v24 + 1792] align 16
//         v249: f32, v250: f32, v251: f32, v252: f32 = load s1[v25 + 1792] align 16
//         v253: f32 = fma v245, v249, v229
//         v254: f32 = fma v245, v250, v230
//         v255: f32 = fma v245, v251, v231
//         v256: f32 = fma v245, v252, v232
//         v257: f32 = fma v246, v249, v233
//         v258: f32 = fma v246, v250, v234
//         v259: f32 = fma v246, v251, v235
//         v260: f32 = fma v246, v252, v236
//         v261: f32 = fma v247, v249, v237
//         v262: f32 = fma v247, v250, v238
//         v263: f32 = fma v247, v251, v239
//         v264: f32 = fma v247, v252, v240
//         v265: f32 = fma v248, v249, v241
//         v266: f32 = fma v248, v250, v242
//         v267: f32 = fma v248, v251, v243
//         v268: f32 = fma v248, v252, v244
//         v269: f32, v270: f32, v271: f32, v272: f32 = load s0[v24 + 2048] align 16
//         v273: f32, v274: f32, v275: f32, v276: f32 = load s1[v25 + 2048] align 16
//         v277: f32 = fma v269, v273, v253
//         v278: f32 = fma v269, v274, v254
//         v279: f32 = fma v269, v275, v255
//         v280: f32 = fma v269, v276, v256
//         v281: f32 = fma v270, v273, v257
//         v282: f32 = fma v270, v274, v258
//         v283: f32 = fma v270, v275, v259
//         v284: f32 = fma v270, v276, v260
//         v285: f32 = fma v271, v273, v261
//         v286: f32 = fma v271, v274, v262
//         v287: f32 = fma v271, v275, v263
//         v288: f32 = fma v271, v276, v264
//         v289: f32 = fma v272, v273, v265
//         v290: f32 = fma v272, v274, v266
//         v291: f32 = fma v272, v275, v267
//         v292: f32 = fma v272, v276, v268
//         v293: f32, v294: f32, v295: f32, v296: f32 = load s0[v24 + 2304] align 16
//         v297: f32, v298: f32, v299: f32, v300: f32 = load s1[v25 + 2304] align 16
//         v301: f32 = fma v293, v297, v277
//         v302: f32 = fma v293, v298, v278
//         v303: f32 = fma v293, v299, v279
//         v304: f32 = fma v293, v300, v280
//         v305: f32 = fma v294, v297, v281
//         v306: f32 = fma v294, v298, v282
//         v307: f32 = fma v294, v299, v283
//         v308: f32 = fma v294, v300, v284
//         v309: f32 = fma v295, v297, v285
//         v310: f32 = fma v295, v298, v286
//         v311: f32 = fma v295, v299, v287
//         v312: f32 = fma v295, v300, v288
//         v313: f32 = fma v296, v297, v289
//         v314: f32 = fma v296, v298, v290
//         v315: f32 = fma v296, v299, v291
//         v316: f32 = fma v296, v300, v292
//         v317: f32, v318: f32, v319: f32, v320: f32 = load s0[v24 + 2560] align 16
//         v321: f32, v322: f32, v323: f32, v324: f32 = load s1[v25 + 2560] align 16
//         v325: f32 = fma v317, v321, v301
//         v326: f32 = fma v317, v322, v302
//         v327: f32 = fma v317, v323, v303
//         v328: f32 = fma v317, v324, v304
//         v329: f32 = fma v318, v321, v305
//         v330: f32 = fma v318, v322, v306
//         v331: f32 = fma v318, v323, v307
//         v332: f32 = fma v318, v324, v308
//         v333: f32 = fma v319, v321, v309
//         v334: f32 = fma v319, v322, v310
//         v335: f32 = fma v319, v323, v311
//         v336: f32 = fma v319, v324, v312
//         v337: f32 = fma v320, v321, v313
//         v338: f32 = fma v320, v322, v314
//         v339: f32 = fma v320, v323, v315
//         v340: f32 = fma v320, v324, v316
//         v341: f32, v342: f32, v343: f32, v344: f32 = load s0[v24 + 2816] align 16
//         v345: f32, v346: f32, v347: f32, v348: f32 = load s1[v25 + 2816] align 16
//         v349: f32 = fma v341, v345, v325
//         v350: f32 = fma v341, v346, v326
//         v351: f32 = fma v341, v347, v327
//         v352: f32 = fma v341, v348, v328
//         v353: f32 = fma v342, v345, v329
//         v354: f32 = fma v342, v346, v330
//         v355: f32 = fma v342, v347, v331
//         v356: f32 = fma v342, v348, v332
//         v357: f32 = fma v343, v345, v333
//         v358: f32 = fma v343, v346, v334
//         v359: f32 = fma v343, v347, v335
//         v360: f32 = fma v343, v348, v336
//         v361: f32 = fma v344, v345, v337
//         v362: f32 = fma v344, v346, v338
//         v363: f32 = fma v344, v347, v339
//         v364: f32 = fma v344, v348, v340
//         v365: f32, v366: f32, v367: f32, v368: f32 = load s0[v24 + 3072] align 16
//         v369: f32, v370: f32, v371: f32, v372: f32 = load s1[v25 + 3072] align 16
//         v373: f32 = fma v365, v369, v349
//         v374: f32 = fma v365, v370, v350
//         v375: f32 = fma v365, v371, v351
//         v376: f32 = fma v365, v372, v352
//         v377: f32 = fma v366, v369, v353
//         v378: f32 = fma v366, v370, v354
//         v379: f32 = fma v366, v371, v355
//         v380: f32 = fma v366, v372, v356
//         v381: f32 = fma v367, v369, v357
//         v382: f32 = fma v367, v370, v358
//         v383: f32 = fma v367, v371, v359
//         v384: f32 = fma v367, v372, v360
//         v385: f32 = fma v368, v369, v361
//         v386: f32 = fma v368, v370, v362
//         v387: f32 = fma v368, v371, v363
//         v388: f32 = fma v368, v372, v364
//         v389: f32, v390: f32, v391: f32, v392: f32 = load s0[v24 + 3328] align 16
//         v393: f32, v394: f32, v395: f32, v396: f32 = load s1[v25 + 3328] align 16
//         v397: f32 = fma v389, v393, v373
//         v398: f32 = fma v389, v394, v374
//         v399: f32 = fma v389, v395, v375
//         v400: f32 = fma v389, v396, v376
//         v401: f32 = fma v390, v393, v377
//         v402: f32 = fma v390, v394, v378
//         v403: f32 = fma v390, v395, v379
//         v404: f32 = fma v390, v396, v380
//         v405: f32 = fma v391, v393, v381
//         v406: f32 = fma v391, v394, v382
//         v407: f32 = fma v391, v395, v383
//         v408: f32 = fma v391, v396, v384
//         v409: f32 = fma v392, v393, v385
//         v410: f32 = fma v392, v394, v386
//         v411: f32 = fma v392, v395, v387
//         v412: f32 = fma v392, v396, v388
//         v413: f32, v414: f32, v415: f32, v416: f32 = load s0[v24 + 3584] align 16
//         v417: f32, v418: f32, v419: f32, v420: f32 = load s1[v25 + 3584] align 16
//         v421: f32 = fma v413, v417, v397
//         v422: f32 = fma v413, v418, v398
//         v423: f32 = fma v413, v419, v399
//         v424: f32 = fma v413, v420, v400
//         v425: f32 = fma v414, v417, v401
//         v426: f32 = fma v414, v418, v402
//         v427: f32 = fma v414, v419, v403
//         v428: f32 = fma v414, v420, v404
//         v429: f32 = fma v415, v417, v405
//         v430: f32 = fma v415, v418, v406
//         v431: f32 = fma v415, v419, v407
//         v432: f32 = fma v415, v420, v408
//         v433: f32 = fma v416, v417, v409
//         v434: f32 = fma v416, v418, v410
//         v435: f32 = fma v416, v419, v411
//         v436: f32 = fma v416, v420, v412
//         v437: f32, v438: f32, v439: f32, v440: f32 = load s0[v24 + 3840] align 16
//         v441: f32, v442: f32, v443: f32, v444: f32 = load s1[v25 + 3840] align 16
//         v445: f32 = fma v437, v441, v421
//         v446: f32 = fma v437, v442, v422
//         v447: f32 = fma v437, v443, v423
//         v448: f32 = fma v437, v444, v424
//         v449: f32 = fma v438, v441, v425
//         v450: f32 = fma v438, v442, v426
//         v451: f32 = fma v438, v443, v427
//         v452: f32 = fma v438, v444, v428
//         v453: f32 = fma v439, v441, v429
//         v454: f32 = fma v439, v442, v430
//         v455: f32 = fma v439, v443, v431
//         v456: f32 = fma v439, v444, v432
//         v457: f32 = fma v440, v441, v433
//         v458: f32 = fma v440, v442, v434
//         v459: f32 = fma v440, v443, v435
//         v460: f32 = fma v440, v444, v436
//         barrier execution shared
//         v461: i32 = iadd v42, v3
//         continue L0 (v445, v446, v447, v448, v449, v450, v451, v452, v453, v454, v455, v456, v457, v458, v459, v460, v461)
//     }
//     v462: i32 = shl v11, v8
//     v463: i32 = shl v13, v5
//     v464: i32 = iadd v462, v463
//     v465: i32 = imul v464, v18
//     v466: i32 = iadd v465, v23
//     v467: i32 = iadd v466, v12
//     v468: i32 = shl v467, v0
//     store b3[v468], v43, v44, v45, v46 align 16 checked
//     v469: i32 = iadd v467, v18
//     v470: i32 = shl v469, v0
//     store b3[v470], v47, v48, v49, v50 align 16 checked
//     v471: i32 = shl v18, v4
//     v472: i32 = iadd v467, v471
//     v473: i32 = shl v472, v0
//     store b3[v473], v51, v52, v53, v54 align 16 checked
//     v474: i32 = imul v18, v6
//     v475: i32 = iadd v467, v474
//     v476: i32 = shl v475, v0
//     store b3[v476], v55, v56, v57, v58 align 16 checked
//     return
// }

# SPDX-License-Identifier: MIT
#
# The model of pond.py in Julia, without further packages:
#     mpirun -np 4 dtrain --model-command 'julia pond.jl'
# This file was written by Julia's documentation and has not been run: dtrain's tests have no Julia.
const levels = [1.00, 1.31, 1.52, 1.68, 1.79, 1.88, 1.94, 1.99, 2.02, 2.05]  # in metres, one a day

function loss(theta)
    level, sum_of_squares = 1.0, 0.0
    for (day, measured) in enumerate(levels)
        sum_of_squares += (level - measured)^2
        for step in 1:100
            level += (theta[1] - theta[2] * max(level, 0.0)^1.5 - theta[3] * level) / 100
        end
        if !(0 < level < 3)
            error("the pond is dry or floods on day $(day - 1): $level m")
        end
    end
    return sum_of_squares / length(levels)
end

# The protocol.
const hello = """{"dtrain_model":1,"name":"pond","numbers":"binary","parameters":[
    {"name":"inflow","initial":1,"lower":0,"upper":5},
    {"name":"outlet","initial":0.2,"lower":0,"upper":2},
    {"name":"seepage","initial":0.1,"lower":0,"upper":2}]}"""

function serve()
    requests, answers = open("/dev/fd/3", "r"), open("/dev/fd/4", "w")
    println(answers, replace(hello, "\n" => ""))  # a message is one line
    flush(answers)
    place = readline(requests)
    println(answers, """{"ready":true}""")
    flush(answers)
    while !eof(requests)
        question = readline(requests)
        theta = ltoh.(read!(requests, zeros(3)))
        try
            value = loss(theta)
            println(answers, """{"bytes":8}""")
            write(answers, htol(value))
        catch failure
            reason = escape_string(sprint(showerror, failure))
            println(answers, "{\"failed\":\"$reason\"}")
        end
        flush(answers)
    end
end

serve()

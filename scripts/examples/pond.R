# SPDX-License-Identifier: MIT
#
# The model of pond.py in R, without further packages:
#     mpirun -np 4 dtrain --model-command 'Rscript pond.R'
levels <- c(1.00, 1.31, 1.52, 1.68, 1.79, 1.88, 1.94, 1.99, 2.02, 2.05)  # in metres, one a day

loss <- function(theta) {
  level <- 1
  error <- 0
  for (day in seq_along(levels)) {
    error <- error + (level - levels[day])^2
    for (step in 1:100) {
      level <- level + (theta[1] - theta[2] * max(level, 0)^1.5 - theta[3] * level) / 100
    }
    if (!(0 < level && level < 3)) {
      stop(sprintf("the pond is dry or floods on day %d: %.3g m", day - 1, level))
    }
  }
  error / length(levels)
}

# The protocol. A fifo sends at once what is written to it.
requests <- fifo("/dev/fd/3", "rb", blocking = TRUE)
answers <- fifo("/dev/fd/4", "wb", blocking = TRUE)
hello <- '{"dtrain_model":1,"name":"pond","numbers":"binary","parameters":[
  {"name":"inflow","initial":1,"lower":0,"upper":5},
  {"name":"outlet","initial":0.2,"lower":0,"upper":2},
  {"name":"seepage","initial":0.1,"lower":0,"upper":2}]}'
writeLines(gsub("\n", "", hello), answers)  # a message is one line
place <- readLines(requests, 1)
writeLines('{"ready":true}', answers)
while (length(question <- readLines(requests, 1)) == 1) {
  theta <- readBin(requests, "double", 3, endian = "little")
  value <- tryCatch(loss(theta), error = conditionMessage)
  if (is.numeric(value)) {
    writeLines('{"bytes":8}', answers)
    writeBin(value, answers, endian = "little")
  } else {
    writeLines(sprintf('{"failed":%s}', encodeString(value, quote = '"')), answers)
  }
}

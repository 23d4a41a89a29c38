% SPDX-License-Identifier: MIT
%
% The model of pond.py in Octave, version 7 or later:
%     mpirun -np 4 dtrain --model-command 'octave-cli pond.m'
1;  % so that this file is a script, and not a function

function error_sum = loss (theta)
  levels = [1.00 1.31 1.52 1.68 1.79 1.88 1.94 1.99 2.02 2.05];  % in metres, one a day
  level = 1;
  error_sum = 0;
  for day = 1:numel (levels)
    error_sum += (level - levels(day)) ^ 2;
    for step = 1:100
      level += (theta(1) - theta(2) * max (level, 0) ^ 1.5 - theta(3) * level) / 100;
    end
    if (! (0 < level && level < 3))
      error ("the pond is dry or floods on day %d: %.3g m", day - 1, level);
    end
  end
  error_sum /= numel (levels);
end

% The protocol. Numbers come as bytes, as jsondecode does not give the nearest double to a text.
function say (stream, message, numbers)
  fputs (stream, [jsonencode(message) "\n"]);
  fwrite (stream, numbers, "double", 0, "ieee-le");
  fflush (stream);
end

requests = fopen ("/dev/fd/3", "r");
answers = fopen ("/dev/fd/4", "w");
parameters = struct ("name", {"inflow", "outlet", "seepage"}, "initial", {1.0, 0.2, 0.1}, ...
                     "lower", 0, "upper", {5, 2, 2});
say (answers, struct ("dtrain_model", 1, "name", "pond", "numbers", "binary", ...
                      "parameters", parameters), []);
% The first message is read only after this answer: fgetl waits until the next message begins.
say (answers, struct ("ready", true), []);
place = fgetl (requests);
while (ischar (question = fgetl (requests)))
  theta = fread (requests, 3, "double", 0, "ieee-le");
  try
    value = loss (theta);
    say (answers, struct ("bytes", 8), value);
  catch failure
    say (answers, struct ("failed", failure.message), []);
  end
end

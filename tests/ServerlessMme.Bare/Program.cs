using System.CommandLine;
using System.Globalization;

// A program that has commands and nothing else: what the start of mme is compared with (the benchmark "help").
var count = int.Parse(Environment.GetEnvironmentVariable("BARE_COMMANDS") ?? "1", CultureInfo.InvariantCulture);
var root = new RootCommand("A program that has commands and nothing else.");
for (var i = 1; i <= count; i++)
{
    root.Add(new Command($"command-{i}", "Does nothing, and has a description that is as long as those of others."));
}

return root.Parse(args).Invoke();

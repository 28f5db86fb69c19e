using System.CommandLine;
using ServerlessMme.Cli;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Hosting;
using ServerlessMme.Onnx.Trials;
using Spectre.Console;

if (TrialHost.IsChild(args))
{
    return await TrialHost.RunAsync();
}

// Output to a file, log or pipe has no window that tables must fit into.
if (Console.IsOutputRedirected)
{
    AnsiConsole.Profile.Width = 240;
}

var root = new RootCommand(
    "Many small image classifiers, one serverless app: drop an image into a model's container, read its label.");
foreach (var command in Commands.For(args))
{
    root.Add(command);
}

var verbose = new Option<bool>("--verbose")
{
    Description = "Show every error in full, with its stack trace.",
    Recursive = true,
};
root.Add(verbose);
ExampleCommand.ShowIn(root);
var parsed = root.Parse(args);
if (UsageErrors.Explain(parsed) is { } problem)
{
    Console.Error.WriteLine(problem);
    return ExitCodes.Usage;
}

if (parsed.GetValue(verbose))
{
    VerboseSwitch.TurnOn();
}

try
{
    return await parsed.InvokeAsync(new InvocationConfiguration
    {
        EnableDefaultExceptionHandler = false,
        // Container platforms kill the process 30 s after SIGTERM, so work in flight must end before that.
        ProcessTerminationTimeout = TimeSpan.FromSeconds(28),
    });
}
catch (OperationCanceledException)
{
    return ExitCodes.Cancelled;
}
catch (Exception exception)
{
    return FailureReport.Write(exception);
}

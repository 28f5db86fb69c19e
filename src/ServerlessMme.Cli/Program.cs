using System.CommandLine;
using ServerlessMme.Cli.Candidates;
using ServerlessMme.Cli.Classify;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Cost;
using ServerlessMme.Cli.Demo;
using ServerlessMme.Cli.Drift;
using ServerlessMme.Cli.Evaluate;
using ServerlessMme.Cli.Jobs;
using ServerlessMme.Cli.Labels;
using ServerlessMme.Cli.Models;
using ServerlessMme.Cli.Poison;
using ServerlessMme.Cli.Rescore;
using ServerlessMme.Cli.Serve;
using ServerlessMme.Cli.Status;
using ServerlessMme.Cli.Submit;
using ServerlessMme.Cli.Truth;
using ServerlessMme.Cli.Worker;
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
    "Many small image classifiers, one serverless app: drop an image into a model's container, read its label.")
{
    DemoCommand.Create(),
    ClassifyCommand.Create(),
    EvaluateCommand.Create(),
    ModelsCommand.Create(),
    SubmitCommand.Create(),
    LabelsCommand.Create(),
    TruthCommand.Create(),
    CandidateCommand.Create(),
    DriftCommand.Create(),
    RescoreCommand.Create(),
    JobsCommand.Create(),
    PoisonCommand.Create(),
    WorkerCommand.Create(),
    ServeCommand.Create(),
    StatusCommand.Create(),
    CostCommand.Create(),
};

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

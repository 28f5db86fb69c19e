using System.CommandLine;
using ServerlessMme.Cli;
using ServerlessMme.Cli.Completion;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Hosting;
using ServerlessMme.Onnx;
using ServerlessMme.Onnx.Trials;

if (TrialHost.IsChild(args))
{
    return await TrialHost.RunAsync();
}

// Loading ONNX Runtime takes longer than parsing the command line, so it starts first.
if (args is ["classify" or "worker", ..])
{
    OnnxBackendFactory.PrepareRuntime();
}

if (Suggestions.AreAsked(args))
{
    return Suggestions.Print(args, line => Commands.CreateRoot(line, out _));
}

var root = Commands.CreateRoot(args, out var verbose);
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
        // Container platforms kill the process 30 s after SIGTERM, so running work must end before that.
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

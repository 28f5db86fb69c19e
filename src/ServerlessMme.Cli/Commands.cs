using System.CommandLine;
using ServerlessMme.Cli.Candidates;
using ServerlessMme.Cli.Classify;
using ServerlessMme.Cli.Completion;
using ServerlessMme.Cli.Cost;
using ServerlessMme.Cli.Demo;
using ServerlessMme.Cli.Drift;
using ServerlessMme.Cli.Evaluate;
using ServerlessMme.Cli.Jobs;
using ServerlessMme.Cli.Labels;
using ServerlessMme.Cli.LocalStorage;
using ServerlessMme.Cli.Models;
using ServerlessMme.Cli.Poison;
using ServerlessMme.Cli.Rescore;
using ServerlessMme.Cli.Serve;
using ServerlessMme.Cli.Status;
using ServerlessMme.Cli.Submit;
using ServerlessMme.Cli.Truth;
using ServerlessMme.Cli.WebConsole;
using ServerlessMme.Cli.Worker;

namespace ServerlessMme.Cli;

/// <summary>The commands of <c>mme</c>.</summary>
internal static class Commands
{
    /// <summary>The functions that create the commands, by name, in the order of the help text.</summary>
    public static readonly IReadOnlyList<(string Name, Func<Command> Create)> All =
    [
        ("demo", DemoCommand.Create),
        ("classify", ClassifyCommand.Create),
        ("evaluate", EvaluateCommand.Create),
        ("models", ModelsCommand.Create),
        ("submit", SubmitCommand.Create),
        ("labels", LabelsCommand.Create),
        ("truth", TruthCommand.Create),
        ("candidate", CandidateCommand.Create),
        ("drift", DriftCommand.Create),
        ("rescore", RescoreCommand.Create),
        ("jobs", JobsCommand.Create),
        ("poison", PoisonCommand.Create),
        ("worker", WorkerCommand.Create),
        ("serve", ServeCommand.Create),
        ("console", ConsoleCommand.Create),
        ("storage", StorageCommand.Create),
        ("status", StatusCommand.Create),
        ("cost", CostCommand.Create),
        ("completion", CompletionCommand.Create),
    ];

    /// <summary>Creates the root command with the commands that a command line needs.</summary>
    /// <param name="args">The command line without the program.</param>
    public static RootCommand CreateRoot(string[] args, out Option<bool> verbose)
    {
        var root = new RootCommand(
            "Many small image classifiers, one serverless app: drop an image into a model's container, and read "
                + "its label.");
        foreach (var command in For(args))
        {
            root.Add(command);
        }

        verbose = new Option<bool>("--verbose")
        {
            Description = "Show every error in full, with its stack trace.",
            Recursive = true,
        };
        root.Add(verbose);
        return root;
    }

    /// <summary>
    /// Returns the command that the command line begins with, or all commands if it begins with something else.
    /// Creating one command takes a tenth of the time of creating all.
    /// </summary>
    public static IEnumerable<Command> For(string[] args)
    {
        // A loop, because LINQ over tuples is compiled each time the program starts.
        foreach (var (name, create) in All)
        {
            if (args is [var first, ..] && first == name)
            {
                return [create()];
            }
        }

        return All.Select(command => command.Create());
    }
}

using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Progress;
using ServerlessMme.Cli.WebConsole;
using ServerlessMme.Cli.Worker;
using ServerlessMme.Emulator;
using ServerlessMme.Storage;
using ServerlessMme.Storage.Models;
using Spectre.Console;

namespace ServerlessMme.Cli.Demo;

/// <summary><c>mme demo</c>: runs everything on this machine, with a storage emulator.</summary>
internal static class DemoCommand
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(2);

    public static Command Create()
    {
        var keep = new Option<bool>("--keep") { Description = "Leave storage running, and print how to reach it." };
        var console = new Option<bool>("--console")
        {
            Description = "Open the console on the demo's data; Ctrl-C stops it.",
        };
        var command = new ExampleCommand(
            "demo",
            "Starts a storage emulator and the worker, publishes the models in models/, drops every sample "
            + "image, and compares the labels with the expected ones.",
            """
            Examples:
              mme demo
              mme demo --keep
              mme demo --console
            """)
        {
            keep, console,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            parsed.GetValue(keep), parsed.GetValue(console), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(bool keep, bool opensConsole, CancellationToken cancellationToken)
    {
        if (DemoFiles.Find() is not { } files)
        {
            Console.Error.WriteLine("The demo needs the folders models/ and sample-images/ of the project: run it "
                + "from a clone, or from any folder inside one.");
            return ExitCodes.Usage;
        }

        if (files.Skipped is { } skipped)
        {
            await Console.Error.WriteLineAsync(
                $"{skipped.Count} of {files.Samples.Count + skipped.Count} files skipped: {skipped}. "
                + "The demo drops those that expected.json names.");
        }

        await using var azurite = await Azurite.StartAsync(keep, Screen.Console.WriteLine, cancellationToken);
        using var host = WorkerCommand.Build(azurite.ConnectionString, quiet: true, firstAnswer: null);
        Screen.Console.WriteLine($"Storage is running; publishing {string.Join(" and ", files.Models)} …");
        foreach (var model in files.Models)
        {
            var folder = Path.Combine(files.ModelsFolder, model.Value);
            var pushed = await host.Services.GetRequiredService<ModelPublisher>()
                .PushAsync(model, folder, cancellationToken);
            if (!pushed.TryGet(out _, out var refusal))
            {
                Console.Error.WriteLine($"{refusal.Code}: {refusal.Message}");
                return ExitCodes.Failed;
            }
        }

        await host.StartAsync(cancellationToken);
        Screen.Console.WriteLine($"The worker is running; dropping {files.Samples.Count} images and waiting for labels …");
        var run = new DemoRun(host.Services.GetRequiredService<StorageAccount>(), files.Samples);
        var answers = await StepProgress.RunAsync("step", files.Samples.Count * 2, async advance =>
        {
            await run.DropAsync(advance, cancellationToken);
            return await run.CollectAsync(advance, LongestWait, cancellationToken);
        });
        DemoTable.Print(answers);
        if (opensConsole)
        {
            // The worker keeps running, so images dropped in the page get labels.
            await ConsoleCommand.RunAsync(
                port: 0, azurite.ConnectionString, isReadOnly: false, opens: true, cancellationToken);
        }

        await host.StopAsync(CancellationToken.None);
        if (keep)
        {
            PrintKept(azurite);
        }

        return answers.All(answer => answer.IsExpected) ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static void PrintKept(Azurite azurite)
    {
        Console.WriteLine($"""

            Storage keeps running as process {azurite.ProcessId}; 'kill {azurite.ProcessId}' stops it.

              export Mme__Storage__ConnectionString='{azurite.ConnectionString}'

            Next, run these in two terminals, each with that line:

              dotnet run --project src/ServerlessMme.Cli -- worker
              dotnet run --project src/ServerlessMme.Cli -- models list

            With any storage client, put an image into the container images-cifar10, and read its label from
            labels-cifar10 under the image's name plus .json.
            """);
    }
}

using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.LocalStorage;
using ServerlessMme.Cli.Progress;
using ServerlessMme.Cli.WebConsole;
using ServerlessMme.Cli.Worker;
using ServerlessMme.Core.Models;
using ServerlessMme.Emulator;
using ServerlessMme.Emulator.Background;
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
        var keep = new Option<bool>("--keep")
        {
            Description = "Keep the results in local storage ('mme storage start'), which keeps running.",
        };
        var console = new Option<bool>("--console")
        {
            Description = "Open the console with the demo's data. Ctrl-C stops it.",
        };
        var unpack = new Option<string?>("--unpack")
        {
            Description = "Only write the demo's models and sample images to a new folder, so you can try other "
                + "commands with them.",
            HelpName = "FOLDER",
        };
        NotEmpty.Check(unpack);
        var command = new ExampleCommand(
            "demo",
            "Starts a storage emulator and the worker, publishes the demo's models, drops its sample images, and "
            + "compares the labels with the expected ones.",
            """
            Examples:
              mme demo
              mme demo --keep
              mme demo --console
              mme demo --unpack demo
            """)
        {
            keep, console, unpack,
        };
        command.SetAction((parsed, cancellationToken) => parsed.GetValue(unpack) is { } folder
            ? Unpack(folder)
            : RunAsync(parsed.GetValue(keep), parsed.GetValue(console), cancellationToken));
        return command;
    }

    private static Task<int> Unpack(string folder)
    {
        DemoBundle.UnpackTo(folder);
        return Task.FromResult(ExitCodes.Done);
    }

    private static async Task<int> RunAsync(bool keep, bool opensConsole, CancellationToken cancellationToken)
    {
        using var bundle = new DemoBundle();
        if ((DemoFiles.Find() ?? bundle.Unpack()) is not { } files)
        {
            Console.Error.WriteLine("The demo needs the project's folders models/ and sample-images/. Run it from a "
                + "clone of the repository, or from any folder inside the clone.");
            return ExitCodes.Usage;
        }

        if (files.Skipped is { } skipped)
        {
            await Console.Error.WriteLineAsync(
                $"{skipped.Count} of {files.Samples.Count + skipped.Count} files skipped: {skipped}. "
                + "The demo drops only the files that expected.json names.");
        }

        if (!keep)
        {
            await using var azurite = await Azurite.StartAsync(Screen.Console.WriteLine, cancellationToken);
            return await RunAsync(files, azurite.ConnectionString, false, opensConsole, cancellationToken);
        }

        var storage = new BackgroundStorage();
        var started = await storage.StartAsync(new PortRequest(), Screen.Console.WriteLine, cancellationToken);
        var exitCode = await RunAsync(
            files, started.Storage.ConnectionString, true, opensConsole, cancellationToken);
        PrintKept(storage, started.Storage);
        return exitCode;
    }

    private static async Task<int> RunAsync(
        DemoFiles files, string connection, bool isShared, bool opensConsole, CancellationToken cancellationToken)
    {
        using var host = WorkerCommand.Build(connection, quiet: true, firstAnswer: null);
        var publisher = host.Services.GetRequiredService<ModelPublisher>();
        var catalog = host.Services.GetRequiredService<IModelCatalog>();
        foreach (var model in isShared ? files.Models : [])
        {
            if (await catalog.FindAsync(model, cancellationToken) is not null
                && !await publisher.IsPublishedAsync(
                    model, Path.Combine(files.ModelsFolder, model.Value), cancellationToken))
            {
                throw new CommandException(ExitCodes.Failed,
                    $"Local storage has another model named '{model}'. The demo would replace it and relabel its images. "
                    + $"Run 'mme demo' without --keep, or set {BackgroundStorage.FolderVariable} to a new folder.");
            }
        }

        Screen.Console.WriteLine($"Storage is running; publishing {string.Join(" and ", files.Models)} …");
        foreach (var model in files.Models)
        {
            var folder = Path.Combine(files.ModelsFolder, model.Value);
            var pushed = await publisher.PushAsync(model, folder, cancellationToken);
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
                port: 0, connection, isReadOnly: false, opens: true, cancellationToken);
        }

        await host.StopAsync(CancellationToken.None);
        return answers.All(answer => answer.IsExpected) ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static void PrintKept(BackgroundStorage storage, RunningStorage running)
    {
        Console.WriteLine("""

            Local storage keeps running with the models, images and labels. 'mme storage stop' stops it, and
            'mme storage reset' empties it. Next, try:

              mme labels cifar10
              mme console
              mme worker      labels images that any storage client uploads to images-cifar10

            """);
        StorageText.Print(storage, running);
    }
}

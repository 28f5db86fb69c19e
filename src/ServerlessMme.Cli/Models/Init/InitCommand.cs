using System.CommandLine;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Cli.Models.Init;

/// <summary><c>mme models init</c>: creates a model folder from an export.</summary>
internal static class InitCommand
{
    private static readonly string[] Written = ["model.json", "model.onnx"];

    public static Command Create()
    {
        var path = new Argument<string>("path")
        {
            Description = "An ONNX file, the folder that contains it and its companion files, or a zip of that folder.",
        };
        var name = new Option<string?>("--name") { Description = "The model's name. Default: derived from the path." };
        var outFolder = new Option<string?>("--out")
        {
            Description = "Folder for the model. Default: a folder with the model's name.",
        };
        var images = new Option<string?>("--images")
        {
            Description = "Images to try the model on, preferably in one folder per class.",
            HelpName = "FOLDER",
        };
        var yes = new Option<bool>("--yes") { Description = "Ask no questions." };
        var force = new Option<bool>("--force") { Description = "Replace an existing model." };
        var options = new InitOptions();
        var command = new ExampleCommand(
            "init",
            "Creates a model folder from an export. Finds the labels and the preprocessing, and tests them on images.",
            """
            Examples:
              mme models init flowers.onnx --images photos/        # photos/ has one folder per class
              mme models init export/ --name flowers
              mme models init customvision.zip --yes

            Exits with 0 if the model folder is written, or with 1 if the model cannot be used.
            """)
        {
            path, name, outFolder, images, yes, force,
        };
        foreach (var option in options.All)
        {
            command.Options.Add(option);
        }

        NotEmpty.Check(path, name, outFolder, images);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            new InitRequest(
                Path.GetFullPath(parsed.GetRequiredValue(path)),
                parsed.GetValue(name),
                parsed.GetValue(outFolder),
                parsed.GetValue(images),
                MayAsk: !parsed.GetValue(yes) && !Console.IsInputRedirected && !Console.IsOutputRedirected,
                parsed.GetValue(force)),
            (draft, stopping) => options.ApplyAsync(parsed, draft, stopping),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        InitRequest request, ApplyOptions apply, CancellationToken cancellationToken)
    {
        if (!ModelName.Parse(request.Name ?? NameOf(request.Path)).TryGet(out var name, out var refusal))
        {
            return Fail(
                ExitCodes.Usage,
                request.Name is null
                    ? $"No valid model name can be derived from '{Printable.Text(Path.GetFileName(request.Path))}'. "
                        + "Specify a name with --name."
                    : refusal.Message);
        }

        var target = Path.GetFullPath(request.Out ?? name.Value);
        var existing = Array.Find(Written, file => Path.Exists(Path.Combine(target, file)));
        if (existing is not null && !request.Force && IsWithin(request.Path, target))
        {
            return Fail(
                ExitCodes.Usage,
                $"'{Printable.Text(target)}' contains the export. Choose another folder with --out, or use --force to "
                + "write model.json next to the export and replace model.onnx.");
        }

        if (ModelFolder.FindObstacle(target, request.Force) is { } obstacle)
        {
            return Fail(ExitCodes.Usage, obstacle);
        }

        ModelFolder.CheckWritable(target);
        if (request.Images is { } images && !Directory.Exists(images))
        {
            return Fail(ExitCodes.Usage, $"--images is '{Printable.Text(images)}', but there is no such folder.");
        }

        var (export, problem) = await ModelExport.OpenAsync(request.Path, cancellationToken);
        if (export is null)
        {
            return Fail(ExitCodes.Usage, problem!);
        }

        using (export)
        {
            using var run = new InitRun(name, export, request);
            return await run.RunAsync(apply, target, cancellationToken);
        }
    }

    /// <summary>Derives a model's name from the name of a file or folder.</summary>
    private static string NameOf(string path)
    {
        var last = Path.GetFileName(path.TrimEnd('/', '\\'));
        var stem = last is "model.onnx" or "model.zip"
            ? Path.GetFileName(Path.GetDirectoryName(path)!)
            : Directory.Exists(path) ? last : Path.GetFileNameWithoutExtension(last);
        var words = stem.ToLowerInvariant()
            .Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : ' ').ToArray();
        var name = string.Join('-', new string(words).Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return name.Length <= ModelName.MaxLength ? name : name[..ModelName.MaxLength].TrimEnd('-');
    }

    private static bool IsWithin(string path, string folder) =>
        path == folder || Path.GetDirectoryName(path) == folder;

    private static int Fail(int exitCode, string message)
    {
        Console.Error.WriteLine(message);
        return exitCode;
    }
}

/// <summary>Applies the options to the draft. Returns a message for the user if one is invalid, otherwise null.</summary>
internal delegate Task<string?> ApplyOptions(
    Core.Models.Import.Draft draft, CancellationToken cancellationToken);

/// <param name="Path">Full path of the export.</param>
/// <param name="MayAsk">True if the command may ask questions at the terminal.</param>
internal sealed record InitRequest(
    string Path, string? Name, string? Out, string? Images, bool MayAsk, bool Force);

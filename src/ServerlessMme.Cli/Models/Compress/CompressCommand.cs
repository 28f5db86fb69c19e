using System.CommandLine;
using System.Globalization;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Evaluate;

namespace ServerlessMme.Cli.Models.Compress;

/// <summary><c>mme models compress</c>: makes a smaller copy of a model folder, and measures what that costs.</summary>
internal static class CompressCommand
{
    private const double DefaultMaxLoss = 0.01;
    private const double DefaultMaxSlowdown = 0.02;

    public static Command Create()
    {
        var folder = new Argument<string>("folder")
        {
            Description = "A model folder, or the name of one under models/.",
        };
        var images = new Option<string>("--images")
        {
            Description = "Images to compare the answers on, best in a folder per label.",
            HelpName = "FOLDER",
            Required = true,
        };
        var outFolder = new Option<string?>("--out")
        {
            Description = "Folder to write. Default: the model folder's name and -int8, beside it.",
        };
        var maxLoss = Share(
            "--max-loss",
            "Largest loss of accuracy; without labels, the largest share of images that get another answer.",
            DefaultMaxLoss);
        var maxSlowdown = Share(
            "--max-slowdown", "Largest share of the time per image that the copy may take more.", DefaultMaxSlowdown);
        var force = new Option<bool>("--force") { Description = "Replace a model that is in the folder to write." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new ExampleCommand(
            "compress",
            "Makes a copy of a model with 8-bit weights in its dense layers, if its answers stay the same.",
            """
            Examples:
              mme models compress flowers --images held-out/
              mme models compress out/flowers --images held-out/ --out out/flowers-small --max-loss 0.002

            Use images that the model was not trained on. Nothing is written, and the command ends with 1, when the copy
            has more than half the bytes, loses more than --max-loss, or is slower by more than --max-slowdown.
            """)
        {
            folder, images, outFolder, maxLoss, maxSlowdown, force, json,
        };
        NotEmpty.Check(folder, images, outFolder);
        command.SetAction((parsed, cancellationToken) =>
        {
            var model = new ModelFolder(parsed.GetRequiredValue(folder));
            var options = new CompressOptions(
                parsed.GetRequiredValue(images),
                Path.GetFullPath(parsed.GetValue(outFolder) ?? model.FullPath + "-int8"),
                parsed.GetValue(maxLoss),
                parsed.GetValue(maxSlowdown),
                parsed.GetValue(force),
                parsed.GetValue(json));
            return RunAsync(model, options, cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        ModelFolder model, CompressOptions options, CancellationToken cancellationToken)
    {
        if (!File.Exists(Path.Combine(model.FullPath, "model.json")))
        {
            throw new CommandException(ExitCodes.Usage, model.Missing);
        }

        if (!model.Name.TryGet(out var name, out var refusal))
        {
            throw new CommandException(ExitCodes.Usage, refusal.Message);
        }

        if (ModelFolder.FindObstacle(options.Out, options.MayReplace) is { } obstacle)
        {
            throw new CommandException(ExitCodes.Usage, obstacle);
        }

        var files = FolderImages.Find(options.Images);
        if (files.Images.Count < CompressVerdict.MinImages)
        {
            throw new CommandException(ExitCodes.Usage, CompressVerdict.TooFew(options.Images, files.Images.Count));
        }

        using var run = new CompressRun(name, model.FullPath, files, options);
        return await run.RunAsync(cancellationToken);
    }

    private static Option<double> Share(string name, string description, double standard)
    {
        var option = new Option<double>(name)
        {
            Description = description,
            DefaultValueFactory = _ => standard,
            HelpName = "SHARE",
        };
        option.CustomParser = result =>
        {
            var token = result.Tokens[^1].Value;
            if (double.TryParse(token, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                && value is >= 0 and <= 1)
            {
                return value;
            }

            result.AddError($"{name} is '{token}', but must be a number from 0 to 1.");
            return standard;
        };
        return option;
    }
}

/// <param name="Images">The folder of images.</param>
/// <param name="Out">Full path of the folder to write.</param>
/// <param name="MaxLoss">Share of images, 0 to 1.</param>
/// <param name="MaxSlowdown">Share of the time per image, 0 to 1.</param>
/// <param name="MayReplace">Whether a model that is in <paramref name="Out"/> is replaced.</param>
/// <param name="IsJson">Print JSON rather than text.</param>
internal sealed record CompressOptions(
    string Images, string Out, double MaxLoss, double MaxSlowdown, bool MayReplace, bool IsJson);

using System.CommandLine;
using System.Globalization;
using ServerlessMme.Cli.Composition;

namespace ServerlessMme.Cli.Cost;

/// <summary><c>mme cost</c>: compares the costs of this app and of SageMaker endpoints.</summary>
internal static class CostCommand
{
    public static Command Create()
    {
        var models = Number("--models", "Number of published models.", 1000, 1, 1e9);
        var images = Number("--images", "Number of images per month, for all models together.", 1_000_000, 0, 1e12);
        var modelMB = Number("--model-mb", "Size of a model in MB.", 2.6, 0.001, 1e6);
        var imageKB = Number("--image-kb", "Size of an image in kB.", 100, 0.001, 1e6);
        var cold = Number("--cold", "Share of messages whose model is not warm, 0 to 1.", 0.1, 0, 1);
        var kept = Number("--kept-months", "Number of months that images and labels are kept.", 1, 0, 1200);
        var ready = Number("--always-ready", "Number of always-ready instances of the app.", 0, 0, 1000);
        var prices = new Option<string?>("--prices")
        {
            Description = "File with prices. Default: the built-in prices.",
            HelpName = "FILE",
        };
        var show = new Option<bool>("--show-prices") { Description = "Print the prices as a file that you can edit." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var plot = new Option<string?>("--plot")
        {
            Description = "Plot the bills for 1 to 100,000 models.",
            HelpName = "FILE.svg",
        };
        var command = new ExampleCommand(
            "cost",
            "Estimates the monthly cost of this app, of a multi-model endpoint, and of one endpoint per model.",
            """
            Examples:
              mme cost --models 1000 --images 1000000
              mme cost --show-prices > my-prices.json
              mme cost --prices my-prices.json --cold 0.5 --plot cost.svg
            """)
        {
            models, images, modelMB, imageKB, cold, kept, ready, prices, show, json, plot,
        };
        command.SetAction(parsed =>
        {
            var file = parsed.GetValue(prices);
            var text = file is null ? PriceBook.BuiltIn() : File.ReadAllText(file);
            var book = PriceBook.Read(text, file ?? "prices.json");
            var fleet = new Fleet(
                parsed.GetValue(models), parsed.GetValue(images), parsed.GetValue(modelMB), parsed.GetValue(imageKB),
                parsed.GetValue(cold), parsed.GetValue(kept), parsed.GetValue(ready));
            var model = new CostModel(book);
            if (parsed.GetValue(plot) is { } picture)
            {
                Draw(model, fleet, picture);
            }

            if (parsed.GetValue(show))
            {
                Console.Write(text);
            }
            else if (parsed.GetValue(json))
            {
                Console.WriteLine(CostReport.Json(model, fleet));
            }
            else
            {
                CostReport.Print(model, fleet);
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static void Draw(CostModel model, Fleet fleet, string picture)
    {
        if (!picture.EndsWith(".svg", StringComparison.OrdinalIgnoreCase))
        {
            throw new CommandException(ExitCodes.Usage, $"--plot is '{picture}', but must end in .svg.");
        }

        using var file = File.Create(picture);
        CostPlot.Write(model, fleet, file);
    }

    private static Option<double> Number(string name, string description, double usual, double least, double most)
    {
        var option = new Option<double>(name)
        {
            Description = description,
            DefaultValueFactory = _ => usual,
            HelpName = "NUMBER",
        };
        option.CustomParser = result =>
        {
            var token = result.Tokens[^1].Value;
            if (double.TryParse(token, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                && value >= least && value <= most)
            {
                return value;
            }

            result.AddError(FormattableString.Invariant(
                $"{name} is '{token}', but must be a number from {least} to {most:0}."));
            return usual;
        };
        return option;
    }
}

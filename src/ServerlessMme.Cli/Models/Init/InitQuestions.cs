using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Models.Import;
using Spectre.Console;

namespace ServerlessMme.Cli.Models.Init;

/// <summary>Asks at a terminal for values that the export's files don't contain.</summary>
internal static class InitQuestions
{
    private const string Because = "your answer";

    public static async Task AskAsync(Draft draft, CancellationToken cancellationToken)
    {
        if (draft.Find("labels") is { Certainty: Certainty.Unsure } labels)
        {
            await AskLabelsAsync(draft, labels.Value.AsArray().Count, cancellationToken);
        }

        if (draft.Find("input.scale") is { Certainty: Certainty.Unsure })
        {
            var range = Screen.Console.Prompt(new SelectionPrompt<ValueRange>()
                .Title("To which range does the model expect the pixel values 0 to 255 to be mapped?")
                .UseConverter(each => each.Text).AddChoices(ValueRange.All));
            range.SetIn(draft, Because, Certainty.Certain);
        }

        if (draft.Find("input.resize.mode") is { Certainty: Certainty.Unsure })
        {
            var mode = Screen.Console.Prompt(new SelectionPrompt<string>()
                .Title("How are images resized to the size of the input?")
                .AddChoices("stretch", "shorter-side", "cover", "letterbox"));
            Variants.SetMode(draft, mode, Because, Certainty.Certain);
        }
    }

    private static async Task AskLabelsAsync(Draft draft, int count, CancellationToken cancellationToken)
    {
        while (true)
        {
            var file = await Screen.Console.PromptAsync(
                new TextPrompt<string>(
                    $"File with {Counted.Of(count, "label")}, one per line (leave empty to keep the current labels):")
                    .AllowEmpty(),
                cancellationToken);
            if (file.Length == 0 || await LabelFile.SetAsync(draft, file, cancellationToken) is not { } problem)
            {
                return;
            }

            Screen.Console.WriteLine(problem);
        }
    }
}

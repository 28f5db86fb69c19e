using System.CommandLine;
using System.Globalization;
using ServerlessMme.Core.Candidates;

namespace ServerlessMme.Cli.Candidates;

/// <summary>Options that several commands share.</summary>
internal static class CandidateOptions
{
    /// <summary>Creates the option for the number of images to draw.</summary>
    public static Option<int> Sample()
    {
        var option = new Option<int>("--sample")
        {
            Description = "Number of images to draw at random, once from all images and once from those with known "
                + "labels.",
            DefaultValueFactory = _ => ComparisonSample.DefaultSize,
            HelpName = "COUNT",
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token]
                && !(int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
                    && count > 0))
            {
                result.AddError($"--sample is '{token.Value}', but must be a whole number of at least 1.");
            }
        });
        return option;
    }
}

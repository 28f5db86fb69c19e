using System.ComponentModel.DataAnnotations;
using ServerlessMme.Core.Models.Cache;

namespace ServerlessMme.Core.Tests.Models.Cache;

public sealed class ModelCacheOptionsTests
{
    private const string NameRule =
        "Use lowercase letters, digits and single hyphens between them, at most 56 characters.";

    [Fact]
    public void Defaults_are_these()
    {
        var options = new ModelCacheOptions();

        Assert.Equal(TimeSpan.FromMinutes(1), options.RefreshAfter);
        Assert.Equal(0, options.BudgetBytes);
        Assert.Equal(2, options.EstimateFactor);
        Assert.Equal(Math.Max(2, Environment.ProcessorCount), options.ConcurrentLoads);
        Assert.Equal(TimeSpan.FromMinutes(1), options.LoadTimeout);
        Assert.Equal(TimeSpan.FromSeconds(30), options.WaitForRoom);
        Assert.Equal(TimeSpan.Zero, options.ChurnAge);
        Assert.Equal(TimeSpan.FromSeconds(5), options.FailureMemory);
        Assert.Empty(options.Preload);
        Assert.Empty(options.Pin);
        Assert.Equal(100, options.MaxModelTags);
        Assert.Empty(Problems(options));
    }

    [Fact]
    public void All_problems_are_told_at_once()
    {
        var options = new ModelCacheOptions
        {
            RefreshAfter = TimeSpan.FromSeconds(-1),
            BudgetBytes = -1,
            EstimateFactor = 0,
            ConcurrentLoads = 0,
            WaitForRoom = TimeSpan.Zero,
            ChurnAge = TimeSpan.FromDays(1),
            FailureMemory = TimeSpan.FromDays(1),
            Preload = ["cats", "Dogs"],
            Pin = ["a--b"],
            MaxModelTags = -1,
        };

        Assert.Equal(
            """
            The field RefreshAfter must be between 00:00:00 and 1.00:00:00.
            The field BudgetBytes must be between 0 and 9223372036854775807.
            The field EstimateFactor must be between 0.01 and 100.
            The field ConcurrentLoads must be between 1 and 256.
            The field WaitForRoom must be between 00:00:00.0100000 and 01:00:00.
            The field ChurnAge must be between 00:00:00 and 01:00:00.
            The field FailureMemory must be between 00:00:00 and 01:00:00.
            Preload: 'Dogs' is not a model name. …
            Pin: 'a--b' is not a model name. …
            The field MaxModelTags must be between 0 and 100000.
            """,
            string.Join('\n', Problems(options)).Replace(NameRule, "…", StringComparison.Ordinal));
    }

    private static List<string?> Problems(ModelCacheOptions options)
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
        return results.ConvertAll(result => result.ErrorMessage);
    }
}

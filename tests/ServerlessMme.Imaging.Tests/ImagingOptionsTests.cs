using System.ComponentModel.DataAnnotations;

namespace ServerlessMme.Imaging.Tests;

public sealed class ImagingOptionsTests
{
    [Fact]
    public void Defaults_are_the_documented_ones()
    {
        var options = new ImagingOptions();
        Assert.Equal(100_000_000, options.MaxPixels);
        Assert.Equal(1_073_741_824, options.MaxDecodedBytes);
        Assert.Empty(Problems(options));
    }

    [Fact]
    public void Limits_of_nothing_are_reported_all_at_once()
    {
        var problems = Problems(new ImagingOptions { MaxPixels = 0, MaxDecodedBytes = 0 });
        Assert.Equal(["MaxPixels", "MaxDecodedBytes"], problems.SelectMany(problem => problem.MemberNames));
    }

    private static List<ValidationResult> Problems(ImagingOptions options)
    {
        var problems = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), problems, validateAllProperties: true);
        return problems;
    }
}

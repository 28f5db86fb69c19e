using System.ComponentModel.DataAnnotations;

namespace ServerlessMme.Storage.Tests;

public sealed class StorageOptionsTests
{
    [Fact]
    public void Without_an_account_local_storage_is_the_first_way_out()
    {
        var options = new StorageOptions();

        var problem = Assert.Single(options.Validate(new ValidationContext(options))).ErrorMessage;

        Assert.StartsWith("No storage account is set. 'mme storage start' starts", problem, StringComparison.Ordinal);
    }
}

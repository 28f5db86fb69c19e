namespace ServerlessMme.Architecture.Tests.Samples.Tree.Branch;

internal sealed class Leaf
{
    public static bool IsOn(object trunk) => trunk is Trunk;
}

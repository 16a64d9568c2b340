"""固证: two officers have a lead's page captured anew; the papers for their signatures are drafted and sealed."""
